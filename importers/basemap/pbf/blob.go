package pbf

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// unpacker reads blobs into buffers that it keeps for the next one.
type unpacker struct {
	packed, plain []byte
	zlib          io.ReadCloser
	zstd          *zstd.Decoder
}

// read returns the content of the Blob in fr, valid until the next call. The
// error is a damage if the bytes are at fault.
func (u *unpacker) read(r io.ReaderAt, fr frame) ([]byte, error) {
	u.packed = grow(u.packed, fr.end-fr.blob)
	if _, err := r.ReadAt(u.packed, fr.blob); err != nil && err != io.EOF {
		return nil, err
	} else if err != nil && len(u.packed) > 0 {
		return nil, damage("it breaks off")
	}
	var raw, zlibData, zstdData []byte
	size := int64(-1)
	m := message{b: u.packed}
	for m.next() {
		switch m.field {
		case 1:
			raw = m.bytes()
		case 2:
			size = int64(int32(m.varint()))
		case 3:
			zlibData = m.bytes()
		case 7:
			zstdData = m.bytes()
		default:
			m.skip()
		}
	}
	switch {
	case m.bad:
		return nil, damage("a block that makes no sense")
	case raw != nil:
		return raw, nil
	case zlibData == nil && zstdData == nil:
		return nil, damage("packed in a way this program cannot unpack (zlib and zstd it can; convert with osmium cat)")
	case size < 0 || size > maxBlobSize:
		return nil, damage(fmt.Sprintf("a block of %d bytes when unpacked, at most %d are allowed", size, maxBlobSize))
	case zlibData != nil:
		return u.inflate(zlibData, size)
	}
	return u.unzstd(zstdData, size)
}

func grow(b []byte, n int64) []byte {
	if int64(cap(b)) < n {
		return make([]byte, n)
	}
	return b[:n]
}

func (u *unpacker) inflate(data []byte, size int64) ([]byte, error) {
	var err error
	if u.zlib == nil {
		u.zlib, err = zlib.NewReader(bytes.NewReader(data))
	} else {
		err = u.zlib.(zlib.Resetter).Reset(bytes.NewReader(data), nil)
	}
	if err != nil {
		u.zlib = nil
		return nil, damage("its packed data are damaged")
	}
	u.plain = grow(u.plain, size)
	if _, err := io.ReadFull(u.zlib, u.plain); err != nil {
		return nil, damage("its packed data are damaged")
	}
	// The end holds the checksum, and there must be no more than was announced.
	if n, err := u.zlib.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, damage("its packed data are damaged")
	}
	return u.plain, nil
}

func (u *unpacker) unzstd(data []byte, size int64) ([]byte, error) {
	if u.zstd == nil {
		var err error
		u.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBlobSize))
		if err != nil {
			return nil, err
		}
	}
	out, err := u.zstd.DecodeAll(data, grow(u.plain, size)[:0])
	if err != nil || int64(len(out)) != size {
		return nil, damage("its packed data are damaged")
	}
	u.plain = out
	return out, nil
}
