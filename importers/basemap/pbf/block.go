package pbf

import (
	"strings"
	"unicode/utf8"
)

// Kinds is a set of element kinds.
type Kinds uint8

// The kinds of elements.
const (
	Nodes Kinds = 1 << iota
	Ways
	Relations
)

// Tag says one thing about an element.
type Tag struct{ Key, Value string }

// Tags are what is said about an element. Texts are valid UTF-8 without NUL.
type Tags []Tag

// Get returns the value of a key, or "".
func (t Tags) Get(key string) string {
	for _, tag := range t {
		if tag.Key == key {
			return tag.Value
		}
	}
	return ""
}

// Node is a place. Its coordinates are in degrees and not checked.
type Node struct {
	ID       int64
	Lon, Lat float64
	Tags     Tags
}

// Way is a line through nodes.
type Way struct {
	ID   int64
	Refs []int64 // of nodes
	Tags Tags
}

// Relation is elements that belong together.
type Relation struct {
	ID      int64
	Members []Member
	Tags    Tags
}

// Member is an element of a relation.
type Member struct {
	Kind Kinds // exactly one
	ID   int64
	Role string
}

// Block is the elements of one block of a file, in the order of the file.
type Block struct {
	Nodes     []Node
	Ways      []Way
	Relations []Relation
	// Holds is the kinds the block has, also those that were not read.
	Holds Kinds

	unpacker unpacker
	texts    []string
	// Elements of one block share these, so that a block costs few allocations.
	tags    []Tag
	refs    []int64
	members []Member

	granularity          int64
	latOffset, lonOffset int64
}

// Read reads the elements of the given kinds in block i into b. What it read
// before may be overwritten, except texts. Errors about the file are of
// KindInvalid and name the place.
func (f *File) Read(i int, want Kinds, b *Block) error {
	data, err := b.unpacker.read(f.r, f.frames[i])
	if err == nil {
		err = b.parse(data, want)
	}
	if err != nil {
		return f.failed(i, f.frames[i], err)
	}
	return nil
}

// A few bytes can stand for many elements; these limits keep the memory that a
// block takes in proportion. Writers put about 8,000 elements into a block.
const (
	maxElements = 1 << 20
	maxParts    = 8 << 20 // of texts, tags, node references and members together
)

const (
	nonsense = damage("its contents make no sense")
	tooMany  = damage("it holds more elements than a block may")
)

// full reports that the block holds more than it may.
func (b *Block) full() bool {
	return len(b.Nodes)+len(b.Ways)+len(b.Relations) > maxElements ||
		len(b.texts)+len(b.tags)+len(b.refs)+len(b.members) > maxParts
}

// parse reads a PrimitiveBlock. The string table and the units come first by
// custom only, so it goes over the message twice.
func (b *Block) parse(data []byte, want Kinds) error {
	b.Nodes, b.Ways, b.Relations, b.Holds = b.Nodes[:0], b.Ways[:0], b.Relations[:0], 0
	b.tags, b.refs, b.members = b.tags[:0], b.refs[:0], b.members[:0]
	b.texts, b.granularity, b.latOffset, b.lonOffset = b.texts[:0], 100, 0, 0
	m := message{b: data}
	for m.next() {
		switch m.field {
		case 1:
			b.parseTexts(&m)
		case 17:
			b.granularity = int64(int32(m.varint()))
		case 19:
			b.latOffset = int64(m.varint())
		case 20:
			b.lonOffset = int64(m.varint())
		default:
			m.skip()
		}
	}
	if b.full() {
		return tooMany
	}
	if m.bad {
		return nonsense
	}
	for m = (message{b: data}); m.next(); {
		if m.field != 2 {
			m.skip()
			continue
		}
		if ok := b.parseGroup(m.bytes(), want); b.full() {
			return tooMany
		} else if !ok {
			return nonsense
		}
	}
	return nil
}

// parseTexts reads the string table. It is copied in one piece: texts outlive
// the buffer.
func (b *Block) parseTexts(parent *message) {
	raw := parent.bytes()
	all := string(raw)
	m := message{b: raw}
	for m.next() {
		if m.field != 1 {
			m.skip()
			continue
		}
		n := len(m.bytes())
		end := len(raw) - len(m.b)
		if m.bad || b.full() {
			break
		}
		b.texts = append(b.texts, clean(all[end-n:end]))
	}
	if m.bad {
		parent.fail()
	}
}

// clean makes s a text that a database takes.
func clean(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// parseGroup reads a PrimitiveGroup.
func (b *Block) parseGroup(data []byte, want Kinds) bool {
	m := message{b: data}
	for m.next() {
		kind, parse := Kinds(0), (*Block).parseWay
		switch m.field {
		case 1:
			kind, parse = Nodes, (*Block).parseNode
		case 2:
			kind, parse = Nodes, (*Block).parseDense
		case 3:
			kind = Ways
		case 4:
			kind, parse = Relations, (*Block).parseRelation
		}
		b.Holds |= kind
		if kind&want == 0 {
			m.skip()
			continue
		}
		element := m.bytes()
		if m.bad || !parse(b, element) || b.full() {
			return false
		}
	}
	return !m.bad
}

func (b *Block) degrees(offset, v int64) float64 {
	return float64(offset+b.granularity*v) / 1e9
}

func (b *Block) text(i uint64) (string, bool) {
	if i >= uint64(len(b.texts)) {
		return "", false
	}
	return b.texts[i], true
}

// tagsOf reads parallel packed fields of keys and values.
func (b *Block) tagsOf(keys, values packed) (Tags, bool) {
	from := len(b.tags)
	for keys.more() && values.more() && !b.full() {
		if !b.addTag(keys.uvarint(), values.uvarint()) {
			return nil, false
		}
	}
	return b.tags[from:len(b.tags):len(b.tags)], whole(&keys, &values)
}

func (b *Block) addTag(key, value uint64) bool {
	k, ok1 := b.text(key)
	v, ok2 := b.text(value)
	b.tags = append(b.tags, Tag{k, v})
	return ok1 && ok2
}

// element is the fields of the message of an element: numbers and lists.
type element struct {
	number [11]uint64
	list   [11]packed
	has    [11]bool
}

func parseElement(data []byte) (e element, ok bool) {
	m := message{b: data}
	for m.next() {
		switch {
		case m.field < len(e.has) && m.wire == wireVarint:
			e.number[m.field], e.has[m.field] = m.varint(), true
		case m.field < len(e.has) && m.wire == wireBytes:
			e.list[m.field] = packed{b: m.bytes()}
		default:
			m.skip()
		}
	}
	return e, !m.bad
}

// Node: 1 id, 2 keys, 3 values, 8 lat, 9 lon.
func (b *Block) parseNode(data []byte) bool {
	e, ok := parseElement(data)
	tags, tagged := b.tagsOf(e.list[2], e.list[3])
	b.Nodes = append(b.Nodes, Node{
		ID:   zigzag(e.number[1]),
		Lat:  b.degrees(b.latOffset, zigzag(e.number[8])),
		Lon:  b.degrees(b.lonOffset, zigzag(e.number[9])),
		Tags: tags,
	})
	return ok && tagged && e.has[8] && e.has[9]
}

// DenseNodes: 1 ids, 8 lats, 9 lons as differences; 10 keys and values by turns,
// 0 after those of each node.
func (b *Block) parseDense(data []byte) bool {
	e, ok := parseElement(data)
	ids, lats, lons, tags := &e.list[1], &e.list[8], &e.list[9], &e.list[10]
	var id, lat, lon int64
	for ids.more() && lats.more() && lons.more() && !b.full() {
		id, lat, lon = id+ids.sint(), lat+lats.sint(), lon+lons.sint()
		n := Node{ID: id, Lat: b.degrees(b.latOffset, lat), Lon: b.degrees(b.lonOffset, lon)}
		from := len(b.tags)
		for tags.more() && !b.full() {
			key := tags.uvarint()
			if key == 0 {
				break
			}
			if !b.addTag(key, tags.uvarint()) {
				return false
			}
		}
		n.Tags = b.tags[from:len(b.tags):len(b.tags)]
		b.Nodes = append(b.Nodes, n)
	}
	return ok && whole(ids, lats, lons, tags)
}

// Way: 1 id, 2 keys, 3 values, 8 node ids as differences.
func (b *Block) parseWay(data []byte) bool {
	e, ok := parseElement(data)
	refs := &e.list[8]
	from := len(b.refs)
	for ref := int64(0); refs.more() && !b.full(); {
		ref += refs.sint()
		b.refs = append(b.refs, ref)
	}
	tags, tagged := b.tagsOf(e.list[2], e.list[3])
	b.Ways = append(b.Ways, Way{ID: int64(e.number[1]), Refs: b.refs[from:len(b.refs):len(b.refs)], Tags: tags})
	return ok && tagged && whole(refs)
}

// Relation: 1 id, 2 keys, 3 values; of members 8 roles, 9 ids as differences,
// 10 kinds.
func (b *Block) parseRelation(data []byte) bool {
	e, ok := parseElement(data)
	members, named := b.membersOf(&e.list[8], &e.list[9], &e.list[10])
	tags, tagged := b.tagsOf(e.list[2], e.list[3])
	b.Relations = append(b.Relations, Relation{ID: int64(e.number[1]), Members: members, Tags: tags})
	return ok && named && tagged
}

func (b *Block) membersOf(roles, ids, kinds *packed) ([]Member, bool) {
	from := len(b.members)
	for id := int64(0); roles.more() && ids.more() && kinds.more() && !b.full(); {
		id += ids.sint()
		role, ok := b.text(roles.uvarint())
		kind := kinds.uvarint()
		if !ok || kind > 2 {
			return nil, false
		}
		b.members = append(b.members, Member{Kind: Nodes << kind, ID: id, Role: role})
	}
	return b.members[from:len(b.members):len(b.members)], whole(roles, ids, kinds)
}

// whole reports that lists have been read to their ends.
func whole(lists ...*packed) bool {
	for _, l := range lists {
		if l.bad || l.more() {
			return false
		}
	}
	return true
}
