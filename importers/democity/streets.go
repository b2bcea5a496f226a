package democity

import (
	"github.com/paulmach/orb"

	"kvartal/importers/democity/plane"
)

// streetHalves gives, by kind, the metres from the centre line of a street to
// its red line. Streets of other kinds part no blocks.
func streetHalves() map[string]float64 {
	return map[string]float64{
		"motorway": 18, "trunk": 16, "primary": 13, "secondary": 11, "tertiary": 10,
		"residential": 7, "unclassified": 8, "living_street": 6, "rail": 8,
	}
}

// otherHalf is the width that parcels leave to ways that part no blocks; 0 is
// none: driveways and paths run over parcels.
func (s street) otherHalf() float64 {
	switch {
	case s.kind == "service" && s.service != "driveway":
		return 3
	case s.kind == "runway":
		return 60
	case s.kind == "taxiway":
		return 25
	}
	return 0
}

// half is the metres from the centre line that belong to the street.
func (s street) half() float64 {
	if half, ok := streetHalves()[s.kind]; ok && !s.raised {
		return half
	}
	return s.otherHalf()
}

// driven reports whether the street is one of the city's own, with houses,
// pipes and a passport.
func (s street) driven() bool {
	switch s.kind {
	case "primary", "secondary", "tertiary", "residential", "unclassified", "living_street":
		return !s.link && !s.raised
	}
	return false
}

// edge is a piece of a street between junctions.
type edge struct {
	street   int // in base.streets
	from, to int // junctions
	line     plane.Line
}

// graph is the streets as edges that meet in junctions. Ways meet where they
// share a place exactly, as in OSM; where they only cross is a bridge.
type graph struct {
	junctions []orb.Point
	at        [][]int // edges at each junction, ascending
	edges     []edge
}

// newGraph joins the streets that driven accepts.
func newGraph(streets []street, accept func(street) bool) *graph {
	uses := map[orb.Point]int{}
	for _, s := range streets {
		if !accept(s) {
			continue
		}
		for i, p := range s.line {
			uses[p]++
			if i == 0 || i == len(s.line)-1 {
				uses[p]++ // an end is a junction, if only of one street
			}
		}
	}
	g := &graph{}
	numbers := map[orb.Point]int{}
	for i, s := range streets {
		if accept(s) {
			g.addStreet(i, s.line, uses, numbers)
		}
	}
	return g
}

func (g *graph) addStreet(i int, line orb.LineString, uses map[orb.Point]int, numbers map[orb.Point]int) {
	start := 0
	for k := 1; k < len(line); k++ {
		if uses[line[k]] < 2 {
			continue
		}
		piece := plane.NewLine(line[start : k+1])
		start = k
		if piece.Length() < 0.1 {
			continue
		}
		n := len(g.edges)
		e := edge{street: i, line: piece, from: g.junction(line[k-len(piece.Points())+1], numbers), to: g.junction(line[k], numbers)}
		g.edges = append(g.edges, e)
		g.at[e.from] = append(g.at[e.from], n)
		if e.to != e.from {
			g.at[e.to] = append(g.at[e.to], n)
		}
	}
}

func (g *graph) junction(p orb.Point, numbers map[orb.Point]int) int {
	n, ok := numbers[p]
	if !ok {
		n = len(g.junctions)
		numbers[p] = n
		g.junctions = append(g.junctions, p)
		g.at = append(g.at, nil)
	}
	return n
}

// end returns the junction at the other end of an edge.
func (g *graph) end(e, junction int) int {
	if g.edges[e].from == junction {
		return g.edges[e].to
	}
	return g.edges[e].from
}
