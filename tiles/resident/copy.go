package resident

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// copySignature begins what COPY … (FORMAT binary) sends (PostgreSQL manual,
// COPY, "Binary Format").
const copySignature = "PGCOPY\n\xff\r\n\x00"

// errCopy is that a stream is not what COPY sends.
var errCopy = errors.New("the database sent a broken copy")

// mostFields is far above the columns of any layer.
const mostFields = 1000

// copyReader is an io.Writer that takes what COPY … (FORMAT binary) sends, cut
// anywhere, and calls row with the fields of each row; nil is NULL. The fields
// are good until row returns.
type copyReader struct {
	row func(fields [][]byte) error

	rest   []byte // begun, but not complete
	fields [][]byte
	begun  bool
	ended  bool
}

// Write takes a piece of the stream.
func (c *copyReader) Write(b []byte) (int, error) {
	in := b
	if len(c.rest) > 0 {
		c.rest = append(c.rest, b...)
		in = c.rest
	}
	left, err := c.read(in)
	if err != nil {
		return 0, err
	}
	c.rest = append(c.rest[:0], left...)
	return len(b), nil
}

// Close reports whether the stream was complete.
func (c *copyReader) Close() error {
	if !c.ended || len(c.rest) > 0 {
		return fmt.Errorf("%w: it is cut off", errCopy)
	}
	return nil
}

// read takes what is complete and returns the rest.
func (c *copyReader) read(b []byte) ([]byte, error) {
	if !c.begun {
		size, err := headerSize(b)
		if err != nil || size == 0 {
			return b, err
		}
		b, c.begun = b[size:], true
	}
	for len(b) > 0 {
		size, err := c.tuple(b)
		if err != nil {
			return nil, err
		}
		if size == 0 {
			break
		}
		b = b[size:]
	}
	return b, nil
}

// headerSize returns the size of the header, or 0 if it is not complete.
func headerSize(b []byte) (int, error) {
	const fixed = len(copySignature) + 8
	if n := min(len(b), len(copySignature)); !bytes.Equal(b[:n], []byte(copySignature[:n])) {
		return 0, fmt.Errorf("%w: it begins with %q", errCopy, b[:n])
	}
	if len(b) < fixed {
		return 0, nil
	}
	extension := binary.BigEndian.Uint32(b[fixed-4:])
	if extension > 1<<16 {
		return 0, fmt.Errorf("%w: its header has %d bytes", errCopy, extension)
	}
	if size := fixed + int(extension); len(b) >= size {
		return size, nil
	}
	return 0, nil
}

// tuple handles a row and returns its size, or 0 if it is not complete.
func (c *copyReader) tuple(b []byte) (int, error) {
	if c.ended {
		return 0, fmt.Errorf("%w: it goes on after its end", errCopy)
	}
	if len(b) < 2 {
		return 0, nil
	}
	count := int(int16(binary.BigEndian.Uint16(b)))
	if count == -1 {
		c.ended = true
		return 2, nil
	}
	if count < 0 || count > mostFields {
		return 0, fmt.Errorf("%w: a row has %d fields", errCopy, count)
	}
	c.fields = c.fields[:0]
	at := 2
	for range count {
		if len(b)-at < 4 {
			return 0, nil
		}
		size := int(int32(binary.BigEndian.Uint32(b[at:])))
		at += 4
		switch {
		case size == -1:
			c.fields = append(c.fields, nil)
			continue
		case size < 0:
			return 0, fmt.Errorf("%w: a field has %d bytes", errCopy, size)
		case len(b)-at < size:
			return 0, nil
		}
		c.fields = append(c.fields, b[at:at+size:at+size])
		at += size
	}
	return at, c.row(c.fields)
}
