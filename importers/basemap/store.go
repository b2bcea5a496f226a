package basemap

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"sort"

	"kvartal"
	"kvartal/importers/basemap/pbf"
	"kvartal/importers/basemap/planar"
)

// tempFile is a file that is written from front to back and then read at any
// place. It is nameless where the system allows that, so that no crash leaves
// it behind.
type tempFile struct {
	file   *os.File
	out    *bufio.Writer
	offset int64
}

func newTempFile(dir, what string) (*tempFile, error) {
	f, err := os.CreateTemp(dir, "kvartal-"+what+"-*")
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindUnavailable, "no temporary file can be made: check the data folder's permissions and free space").Because(err)
	}
	_ = os.Remove(f.Name())
	return &tempFile{file: f, out: bufio.NewWriterSize(f, 1<<18)}, nil
}

func (t *tempFile) write(b []byte) error {
	n, err := t.out.Write(b)
	t.offset += int64(n)
	return diskError(err)
}

func (t *tempFile) flush() error { return diskError(t.out.Flush()) }

func (t *tempFile) close() {
	_ = t.file.Close()
	_ = os.Remove(t.file.Name())
}

func diskError(err error) error {
	if err == nil {
		return nil
	}
	return kvartal.Errorf(kvartal.KindUnavailable, "a temporary file cannot be written: free some space").Because(err)
}

// A record of the node store is the node's id and its place.
const (
	recordSize  = 16
	pageRecords = 256 // one read of the file
)

// nodeStore tells where nodes are. It is filled in the order of ids by one
// goroutine and then read by many.
type nodeStore struct {
	*tempFile
	count int
	first []int64 // id of the first record of each page
}

func newNodeStore(dir string) (*nodeStore, error) {
	t, err := newTempFile(dir, "nodes")
	return &nodeStore{tempFile: t}, err
}

func (s *nodeStore) add(id int64, p planar.Point) error {
	if s.count%pageRecords == 0 {
		s.first = append(s.first, id)
	}
	s.count++
	var record [recordSize]byte
	binary.LittleEndian.PutUint64(record[0:], uint64(id))
	binary.LittleEndian.PutUint32(record[8:], uint32(p.X))
	binary.LittleEndian.PutUint32(record[12:], uint32(p.Y))
	return s.write(record[:])
}

// places are the nodes that a block of ways asks for.
type places struct {
	ids    []int64 // sorted, each once
	points []planar.Point
	found  []bool
}

// find looks up ids, in any order and number. It may be called concurrently
// once all nodes are added and flushed.
func (s *nodeStore) find(ids []int64) (places, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	p := places{ids: ids, points: make([]planar.Point, len(ids)), found: make([]bool, len(ids))}
	page, loaded := make([]byte, pageRecords*recordSize), -1
	for i, id := range ids {
		at := sort.Search(len(s.first), func(k int) bool { return s.first[k] > id }) - 1
		if at < 0 {
			continue
		}
		if at != loaded {
			var err error
			if page, err = s.page(at, page); err != nil {
				return p, err
			}
			loaded = at
		}
		p.points[i], p.found[i] = search(page, id)
	}
	return p, nil
}

// page reads a page into b.
func (s *nodeStore) page(at int, b []byte) ([]byte, error) {
	b = b[:min(pageRecords, s.count-at*pageRecords)*recordSize]
	if _, err := s.file.ReadAt(b, int64(at)*pageRecords*recordSize); err != nil {
		return nil, fmt.Errorf("read a temporary file: %w", err)
	}
	return b, nil
}

func search(page []byte, id int64) (planar.Point, bool) {
	record := func(i int) []byte { return page[i*recordSize : (i+1)*recordSize] }
	n := len(page) / recordSize
	i := sort.Search(n, func(i int) bool { return int64(binary.LittleEndian.Uint64(record(i))) >= id })
	if i == n || int64(binary.LittleEndian.Uint64(record(i))) != id {
		return planar.Point{}, false
	}
	return planar.Point{
		X: int32(binary.LittleEndian.Uint32(record(i)[8:])),
		Y: int32(binary.LittleEndian.Uint32(record(i)[12:])),
	}, true
}

// of returns where a node is.
func (p places) of(id int64) (planar.Point, bool) {
	i, _ := slices.BinarySearch(p.ids, id)
	return p.points[i], p.found[i]
}

// lineStore keeps the lines of ways that relations need, and the tags of those
// that speak for their relation. It is filled in the order of ids by one
// goroutine and then read by many.
type lineStore struct {
	*tempFile
	ids     []int64
	offsets []int64
}

func newLineStore(dir string) (*lineStore, error) {
	t, err := newTempFile(dir, "ways")
	return &lineStore{tempFile: t}, err
}

// storedLine is a way as the line store keeps it.
type storedLine struct {
	id   int64
	line planar.Line
	tags pbf.Tags
}

func (s *lineStore) add(l storedLine) error {
	s.ids, s.offsets = append(s.ids, l.id), append(s.offsets, s.offset)
	b := binary.AppendUvarint(nil, uint64(len(l.line)))
	for _, p := range l.line {
		b = binary.LittleEndian.AppendUint32(b, uint32(p.X))
		b = binary.LittleEndian.AppendUint32(b, uint32(p.Y))
	}
	for _, tag := range l.tags {
		for _, text := range [2]string{tag.Key, tag.Value} {
			b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
		}
	}
	return s.write(b)
}

// get returns a way, or false if there is none.
func (s *lineStore) get(id int64) (storedLine, bool, error) {
	l := storedLine{id: id}
	i, ok := slices.BinarySearch(s.ids, id)
	if !ok {
		return l, false, nil
	}
	end := s.offset
	if i+1 < len(s.offsets) {
		end = s.offsets[i+1]
	}
	b := make([]byte, end-s.offsets[i])
	if _, err := s.file.ReadAt(b, s.offsets[i]); err != nil {
		return l, false, fmt.Errorf("read a temporary file: %w", err)
	}
	n, used := binary.Uvarint(b)
	b = b[used:]
	l.line = make(planar.Line, n)
	for j := range l.line {
		l.line[j] = planar.Point{X: int32(binary.LittleEndian.Uint32(b)), Y: int32(binary.LittleEndian.Uint32(b[4:]))}
		b = b[8:]
	}
	text := func() string {
		n, used := binary.Uvarint(b)
		s := string(b[used : used+int(n)])
		b = b[used+int(n):]
		return s
	}
	for len(b) > 0 {
		l.tags = append(l.tags, pbf.Tag{Key: text(), Value: text()})
	}
	return l, true, nil
}
