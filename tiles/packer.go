package tiles

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Coding is an HTTP content coding; Identity is none.
type Coding string

// The codings of tiles, the best first where a client takes several.
const (
	Zstd     Coding = "zstd"
	Brotli   Coding = "br"
	Gzip     Coding = "gzip"
	Identity Coding = ""
)

// Levels at which a dense tile is compressed in about the time that encoding it
// takes. The next ones save a twentieth of the bytes for twice the time.
const (
	zstdLevel   = zstd.SpeedFastest
	brotliLevel = 2
	gzipLevel   = 3
)

// packer compresses tiles. It keeps what it works with, which is far larger than
// a tile. It may be used concurrently.
type packer struct {
	zstd    *zstd.Encoder
	writers map[Coding]*sync.Pool // of resetter
}

// resetter is a compressing writer that can be used again.
type resetter interface {
	io.WriteCloser
	Reset(w io.Writer)
}

func newPacker() *packer {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstdLevel), zstd.WithWindowSize(1<<18))
	if err != nil {
		panic(fmt.Sprintf("zstd: %v", err)) // the options are constants
	}
	return &packer{zstd: encoder, writers: map[Coding]*sync.Pool{
		Brotli: {New: func() any { return brotli.NewWriterLevel(nil, brotliLevel) }},
		Gzip: {New: func() any {
			w, err := gzip.NewWriterLevel(nil, gzipLevel)
			if err != nil {
				panic(fmt.Sprintf("gzip: %v", err)) // the level is a constant
			}
			return w
		}},
	}}
}

func (p *packer) compress(coding Coding, b []byte) ([]byte, error) {
	if coding == Zstd {
		return bytes.Clone(p.zstd.EncodeAll(b, make([]byte, 0, len(b)/2))), nil
	}
	pool := p.writers[coding]
	if pool == nil {
		return nil, fmt.Errorf("unknown coding %q", coding)
	}
	w, _ := pool.Get().(resetter)
	defer pool.Put(w)
	var out bytes.Buffer
	out.Grow(len(b) / 2)
	w.Reset(&out)
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(out.Bytes()), nil // what is kept has no room to grow
}
