package resident

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// copyStream is what COPY sends of rows of texts, "NULL" being no value.
func copyStream(rows ...[]string) []byte {
	b := append([]byte(copySignature), 0, 0, 0, 0, 0, 0, 0, 2, 'x', 'y') // with a header extension
	for _, row := range rows {
		b = binary.BigEndian.AppendUint16(b, uint16(len(row)))
		for _, field := range row {
			if field == "NULL" {
				b = append(b, 0xff, 0xff, 0xff, 0xff)
				continue
			}
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(field))), field...)
		}
	}
	return append(b, 0xff, 0xff)
}

func readCopy(pieces ...[]byte) (rows []string, err error) {
	c := copyReader{row: func(fields [][]byte) error {
		texts := make([]string, len(fields))
		for i, f := range fields {
			if texts[i] = string(f); f == nil {
				texts[i] = "NULL"
			}
		}
		rows = append(rows, fmt.Sprint(texts))
		return nil
	}}
	for _, piece := range pieces {
		if _, err := c.Write(piece); err != nil {
			return rows, err
		}
	}
	return rows, c.Close()
}

func TestCopyIsReadHoweverItIsCut(t *testing.T) {
	t.Parallel()
	stream := copyStream([]string{"1", "NULL", "Ө"}, []string{"2", "", "b"})
	want := []string{"[1 NULL Ө]", "[2  b]"}
	for size := 1; size <= len(stream); size++ {
		if got, err := readCopy(slices.Collect(slices.Chunk(stream, size))...); err != nil || !slices.Equal(got, want) {
			t.Errorf("in pieces of %d bytes: rows = %q, %v, want %q", size, got, err, want)
		}
	}
}

func TestABrokenCopyIsRefused(t *testing.T) {
	t.Parallel()
	whole := copyStream([]string{"1", "2"})
	for name, b := range map[string][]byte{
		"nothing":        nil,
		"another format": []byte("PGDMP and more"),
		"cut off":        whole[:len(whole)-3],
		"no end":         whole[:len(whole)-2],
		"more":           append(slices.Clone(whole), 0, 0),
		"long field":     append(slices.Clone(whole[:21]), 0, 1, 0x80, 0, 0, 0),
		"many fields":    append(slices.Clone(whole[:21]), 0x7f, 0xff),
	} {
		if _, err := readCopy(b); !errors.Is(err, errCopy) {
			t.Errorf("%s: %v, want %v", name, err, errCopy)
		}
	}
}

func FuzzCopy(f *testing.F) {
	f.Add(copyStream([]string{"1", "NULL"}, []string{"2", "b"}), 7)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		size = max(1, size)
		whole, wholeErr := readCopy(stream)
		pieces, piecesErr := readCopy(slices.Collect(slices.Chunk(stream, size))...)
		if (wholeErr == nil) != (piecesErr == nil) || wholeErr == nil && !slices.Equal(whole, pieces) {
			t.Errorf("whole: %q, %v; in pieces of %d: %q, %v", whole, wholeErr, size, pieces, piecesErr)
		}
	})
}
