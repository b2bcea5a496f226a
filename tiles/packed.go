package tiles

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Coding is an HTTP content coding; Identity is none.
type Coding string

// The codings of tiles, the best first where a client takes several.
const (
	Zstd     Coding = "zstd"
	Gzip     Coding = "gzip"
	Identity Coding = ""
)

// minCompressed is the size in bytes below which compressing gains nothing.
const minCompressed = 256

// Packed is a finished tile in the codings asked for so far. It may be used
// concurrently; its bytes must not be changed.
type Packed struct {
	identity []byte
	digest   string

	mu      sync.Mutex
	encoded map[Coding][]byte // guarded by mu
}

// NewPacked returns a tile of the given bytes.
func NewPacked(tile []byte) *Packed {
	sum := sha256.Sum256(tile)
	return &Packed{identity: tile, digest: base64.RawURLEncoding.EncodeToString(sum[:12]), encoded: map[Coding][]byte{}}
}

// Choose returns the coding in which the tile is sent to a client that takes
// those named.
func (p *Packed) Choose(accepted func(Coding) bool) Coding {
	if len(p.identity) < minCompressed {
		return Identity
	}
	for _, coding := range []Coding{Zstd, Gzip} {
		if accepted(coding) {
			return coding
		}
	}
	return Identity
}

// ETag returns the strong validator of the tile in a coding, with its quotes.
func (p *Packed) ETag(coding Coding) string {
	if coding == Identity {
		return `"` + p.digest + `"`
	}
	return `"` + p.digest + "-" + string(coding) + `"`
}

// Bytes returns the tile in a coding, compressing it the first time.
func (p *Packed) Bytes(coding Coding) ([]byte, error) {
	if coding == Identity {
		return p.identity, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if b, done := p.encoded[coding]; done {
		return b, nil
	}
	b, err := compress(coding, p.identity)
	if err != nil {
		return nil, fmt.Errorf("compress a tile: %w", err)
	}
	p.encoded[coding] = b
	return b, nil
}

// size is what the tile holds of memory, in bytes, counting one compressed
// form that nearly always comes.
func (p *Packed) size() int { return len(p.identity) + len(p.identity)/2 + 256 }

func compress(coding Coding, b []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(b)/2 + 64)
	switch coding {
	case Zstd:
		w, err := zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<17))
		if err != nil {
			return nil, err
		}
		return finish(w, &out, b)
	case Gzip:
		w, err := gzip.NewWriterLevel(&out, gzip.DefaultCompression)
		if err != nil {
			return nil, err
		}
		return finish(w, &out, b)
	}
	return nil, fmt.Errorf("unknown coding %q", coding)
}

type writeCloser interface {
	Write(p []byte) (int, error)
	Close() error
}

func finish(w writeCloser, out *bytes.Buffer, b []byte) ([]byte, error) {
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
