package tiles

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"
)

// minCompressed is the size in bytes below which compressing gains nothing.
const minCompressed = 256

// Packed is a finished tile in the codings asked for so far. It may be used
// concurrently; its bytes must not be changed.
type Packed struct {
	identity []byte
	digest   string
	packer   *packer

	mu      sync.Mutex
	encoded map[Coding][]byte // guarded by mu
}

// Choose returns the coding in which the tile is sent to a client that takes
// those named.
func (p *Packed) Choose(accepted func(Coding) bool) Coding {
	if len(p.identity) < minCompressed {
		return Identity
	}
	for _, coding := range [...]Coding{Zstd, Brotli, Gzip} {
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
	b, err := p.packer.compress(coding, p.identity)
	if err != nil {
		return nil, fmt.Errorf("compress a tile: %w", err)
	}
	if p.encoded == nil {
		p.encoded = map[Coding][]byte{}
	}
	p.encoded[coding] = b
	return b, nil
}

// size is what the tile holds of memory, in bytes, counting one compressed
// form that nearly always comes.
func (p *Packed) size() int { return len(p.identity) + len(p.identity)/2 + 256 }

// pack returns a tile of the given bytes.
func (p *packer) pack(tile []byte) *Packed {
	sum := sha256.Sum256(tile)
	return &Packed{identity: tile, digest: base64.RawURLEncoding.EncodeToString(sum[:12]), packer: p}
}
