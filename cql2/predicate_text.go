package cql2

// scratch is room for the texts of one row, used again for the next.
type scratch struct {
	buffers [][]byte
	used    int
	fold    *foldSpace
}

func newScratch() any { return &scratch{fold: newFoldSpace()} }

// buffer returns an empty buffer that no other text of the row is in.
func (s *scratch) buffer() *[]byte {
	if s.used == len(s.buffers) {
		s.buffers = append(s.buffers, nil)
	}
	b := &s.buffers[s.used]
	*b = (*b)[:0]
	s.used++
	return b
}

// withScratch hands scratches to a test from the pool.
func (v environment) withScratch(t func(Row, *scratch) truth) test {
	return func(r Row) truth {
		s := v.scratches.Get().(*scratch)
		s.used = 0
		result := t(r, s)
		v.scratches.Put(s)
		return result
	}
}

// text compiles a text.
func (v environment) text(n node) (textOf, error) {
	switch n := n.(type) {
	case *literal:
		value := []byte(n.Text)
		return func(Row, *scratch) ([]byte, truth) { return value, isTrue }, nil
	case *column:
		i, err := v.column(n)
		return func(r Row, s *scratch) ([]byte, truth) {
			if r.Null(i) {
				return nil, isNull
			}
			b := s.buffer()
			*b = append(*b, r.Text(i)...)
			return *b, isTrue
		}, err
	case *folded:
		return v.folded(n)
	case *call:
		value, err := v.called(n)
		return func(r Row, s *scratch) ([]byte, truth) {
			x, t := value(r)
			b := s.buffer()
			*b = append(*b, x.Text...)
			return *b, t
		}, err
	}
	return nil, useSQL("%T is not text", n)
}

func (v environment) folded(n *folded) (textOf, error) {
	arg, err := v.text(n.arg)
	folding, op := n.folding, n.op
	return func(r Row, s *scratch) ([]byte, truth) {
		text, t := arg(r, s)
		if t != isTrue {
			return nil, t
		}
		b := s.buffer()
		*b = folding.appendFolded(*b, op, text, s.fold)
		return *b, isTrue
	}, err
}
