package cql2

// Limits bound what a filter may cost before it is run. Filters over a limit
// are refused with KindTooLarge.
type Limits struct {
	Bytes     int // of the source
	Depth     int // of nesting
	Nodes     int // of the syntax tree, vertices not counted
	Text      int // bytes of one character literal
	Items     int // of one list or array
	Vertices  int // of all geometries together
	Wildcards int // % of one LIKE pattern
}

// DefaultLimits suit filters that people and programs send over HTTP.
func DefaultLimits() Limits {
	return Limits{Bytes: 1 << 20, Depth: 64, Nodes: 20_000, Text: 4096, Items: 10_000, Vertices: 50_000, Wildcards: 10}
}

// budget is what is left of the limits while one filter is read.
type budget struct {
	limits                 Limits
	depth, nodes, vertices int
}

// enter counts one level of nesting; leave it with leave.
func (b *budget) enter(at Position) error {
	if b.depth++; b.depth > b.limits.Depth {
		return at.tooLarge("the filter is nested more than %d levels deep: simplify it", b.limits.Depth)
	}
	return nil
}

func (b *budget) leave() { b.depth-- }

func (b *budget) node(at Position) error {
	if b.nodes++; b.nodes > b.limits.Nodes {
		return at.tooLarge("the filter has more than %d parts: split it", b.limits.Nodes)
	}
	return nil
}

func (b *budget) vertex(at Position) error {
	if b.vertices++; b.vertices > b.limits.Vertices {
		return at.tooLarge("the geometries of the filter have more than %d vertices: simplify them", b.limits.Vertices)
	}
	return nil
}

func (b *budget) text(at Position, s string) error {
	if len(s) > b.limits.Text {
		return at.tooLarge("the text is longer than %d bytes: shorten it", b.limits.Text)
	}
	return nil
}

func (b *budget) items(at Position, n int) error {
	if n > b.limits.Items {
		return at.tooLarge("the list has more than %d items: split it", b.limits.Items)
	}
	return nil
}

func (b *budget) source(n int) error {
	if n > b.limits.Bytes {
		return Position{}.tooLarge("it is longer than %d bytes: shorten it", b.limits.Bytes)
	}
	return nil
}
