// Package pbf reads OpenStreetMap data in PBF, a block at a time and in any
// order, so that several passes and several processors can share a file.
//
// It takes nothing in a file on trust: sizes are checked before memory is
// taken, references before they are followed, and an error says at which byte
// and in which block the file is broken. (The Scanner of paulmach/osm, against
// which the tests compare it, panics in a goroutine of its own on plain nodes
// and on references beyond the string table, which ends the whole program.)
//
// The format: https://wiki.openstreetmap.org/wiki/PBF_Format.
package pbf

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"kvartal"
)

// Limits of the format.
const (
	maxHeaderSize = 64 << 10 // of a BlobHeader
	maxBlobSize   = 32 << 20 // of a Blob, packed or unpacked
)

// File is a PBF file whose frames have been checked and whose blocks can be
// read. It may be used concurrently.
type File struct {
	r      io.ReaderAt
	header Header
	frames []frame
}

// Header says what a file is about.
type Header struct {
	// Bounds is the box the writer gave in degrees, or nil.
	Bounds *Bounds
	// Sorted reports that the writer promised elements by type, then id.
	Sorted  bool
	Program string // that wrote the file, or ""
}

// Bounds is a box in degrees.
type Bounds struct{ West, South, East, North float64 }

// frame is where a blob lies in the file.
type frame struct {
	start, end int64 // including its length and header
	blob       int64 // where the Blob begins
}

// Open checks the frames and the header of a file of the given size: that it
// is a PBF file, whole, and asks for nothing unknown. Errors about the file are
// of KindInvalid and name the place.
func Open(ctx context.Context, r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r}
	if size == 0 {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "the file is empty: give an OpenStreetMap extract in PBF")
	}
	for at := int64(0); at < size; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		end, err := f.readFrame(at, size)
		if err != nil {
			return nil, err
		}
		at = end
	}
	return f, nil
}

// Header returns the header of the file.
func (f *File) Header() Header { return f.header }

// Blocks returns the number of blocks with data.
func (f *File) Blocks() int { return len(f.frames) }

// Size returns the bytes that block i takes in the file.
func (f *File) Size(i int) int64 { return f.frames[i].end - f.frames[i].start }

// broken makes an error about the block that would be next, at a byte.
func (f *File) broken(at int64, format string, args ...any) error {
	return brokenBlock(len(f.frames), at, fmt.Sprintf(format, args...))
}

func brokenBlock(block int, at int64, what string) error {
	return kvartal.Errorf(kvartal.KindInvalid,
		"the PBF file is broken in block %d at byte %d: %s: get the file anew", block, at, what).In(fmt.Sprintf("byte %d", at))
}

// readFrame reads the frame that begins at a byte and returns where it ends.
func (f *File) readFrame(at, size int64) (end int64, err error) {
	first := at == 0
	head := make([]byte, 4)
	if err := f.readAt(head, at, size); err != nil {
		return 0, f.orNotPBF(first, err)
	}
	n := int64(binary.BigEndian.Uint32(head))
	if n == 0 || n > maxHeaderSize {
		return 0, f.orNotPBF(first, f.broken(at, "a block header of %d bytes, at most %d are allowed", n, maxHeaderSize))
	}
	head = make([]byte, n)
	if err := f.readAt(head, at+4, size); err != nil {
		return 0, f.orNotPBF(first, err)
	}
	kind, length, ok := parseBlobHeader(head)
	if !ok || first != (kind == "OSMHeader") {
		return 0, f.orNotPBF(first, f.broken(at, "a block header that makes no sense"))
	}
	if length < 0 || length > maxBlobSize {
		return 0, f.broken(at, "a block of %d bytes, at most %d are allowed", length, maxBlobSize)
	}
	fr := frame{start: at, blob: at + 4 + n, end: at + 4 + n + length}
	if fr.end > size {
		return 0, f.broken(at, "it breaks off at byte %d, the block would end at byte %d", size, fr.end)
	}
	switch kind {
	case "OSMHeader":
		return fr.end, f.readHeader(fr)
	case "OSMData":
		f.frames = append(f.frames, fr)
	} // other kinds are to be skipped
	return fr.end, nil
}

// orNotPBF blames the whole file if already its first frame is broken.
func (f *File) orNotPBF(first bool, err error) error {
	var e *kvartal.Error
	if first && errors.As(err, &e) && e.Kind == kvartal.KindInvalid {
		return kvartal.Errorf(kvartal.KindInvalid, "this is not an OpenStreetMap PBF file (*.osm.pbf)").In("byte 0").Because(err)
	}
	return err
}

func (f *File) readAt(b []byte, at, size int64) error {
	if at+int64(len(b)) > size {
		return f.broken(at, "it breaks off at byte %d", size)
	}
	if _, err := f.r.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the PBF file at byte %d: %w", at, err)
	} else if err != nil {
		return f.broken(at, "it breaks off")
	}
	return nil
}

// parseBlobHeader returns type and datasize of a BlobHeader message.
func parseBlobHeader(b []byte) (kind string, length int64, ok bool) {
	length = -1
	m := message{b: b}
	for m.next() {
		switch m.field {
		case 1:
			kind = string(m.bytes())
		case 3:
			length = int64(int32(m.varint()))
		default:
			m.skip()
		}
	}
	return kind, length, !m.bad && kind != "" && length >= 0
}

// readHeader reads the HeaderBlock in fr.
func (f *File) readHeader(fr frame) error {
	data, err := (&unpacker{}).read(f.r, fr)
	if err != nil {
		return f.failed(0, fr, err)
	}
	var required []string
	m := message{b: data}
	for m.next() {
		switch m.field {
		case 1:
			f.header.Bounds = parseBounds(&m)
		case 4:
			required = append(required, string(m.bytes()))
		case 5:
			f.header.Sorted = f.header.Sorted || string(m.bytes()) == "Sort.Type_then_ID"
		case 16:
			f.header.Program = strings.ToValidUTF8(string(m.bytes()), "?")
		default:
			m.skip()
		}
	}
	if m.bad {
		return f.broken(fr.start, "a file header that makes no sense")
	}
	return checkFeatures(required)
}

func checkFeatures(required []string) error {
	known := []string{"OsmSchema-V0.6", "DenseNodes"}
	for _, feature := range required {
		if feature == "HistoricalInformation" {
			return kvartal.Errorf(kvartal.KindInvalid,
				"the file holds the history of its objects: cut one day out of it first (osmium time-filter)")
		}
		if !slices.Contains(known, feature) {
			return kvartal.Errorf(kvartal.KindInvalid,
				"the file needs a reader for %.60q, which this is not: convert it first (osmium cat -o plain.osm.pbf)", feature)
		}
	}
	return nil
}

// parseBounds reads a HeaderBBox, in nanodegrees; nil if it is no box.
func parseBounds(parent *message) *Bounds {
	var sides [5]float64
	m := message{b: parent.bytes()}
	for m.next() {
		if m.field <= 4 {
			sides[m.field] = float64(zigzag(m.varint())) / 1e9
		} else {
			m.skip()
		}
	}
	b := Bounds{West: sides[1], East: sides[2], North: sides[3], South: sides[4]}
	whole := -180 <= b.West && b.West < b.East && b.East <= 180 && -90 <= b.South && b.South < b.North && b.North <= 90
	if m.bad || !whole {
		return nil
	}
	return &b
}

// failed gives an error met in a block its place.
func (f *File) failed(block int, fr frame, err error) error {
	var d damage
	if errors.As(err, &d) {
		return brokenBlock(block, fr.start, string(d))
	}
	return fmt.Errorf("read the PBF file at byte %d: %w", fr.start, err)
}

// damage is what is wrong with the bytes of a block.
type damage string

func (d damage) Error() string { return string(d) }
