package basemap

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/importers/basemap/planar"
)

// Report says what an import found.
type Report struct {
	Nodes, Ways, Relations int
	// Features counts what was put into each layer.
	Features map[kvartal.LayerID]int
	// Defects counts what was wrong with the data, none of which stops an import.
	Defects map[Defect]int
	// Bound is the box of the extract in degrees: what the file says, or else
	// the box of its nodes.
	Bound    orb.Bound
	Duration time.Duration
}

// Defect is something wrong with data.
type Defect string

// The defects.
const (
	NodeOffTheMap      Defect = "nodes with impossible coordinates"
	WayWithoutNodes    Defect = "ways that lack some of their nodes"
	WayTooShort        Defect = "ways of less than two places"
	AreaEmpty          Defect = "closed ways that enclose nothing"
	RelationIncomplete Defect = "area relations that lack some of their ways"
	RelationEmpty      Defect = "area relations without a whole ring"
	RelationTooLarge   Defect = "area relations too large to draw"
	DrawnTwice         Defect = "areas drawn both as a relation and as its outer way"
	RingGap            Defect = "gaps of less than a metre closed in rings"
	RingLoose          Defect = "edges that close no ring, dropped"
	RingCrossing       Defect = "places where the edges of an area cross or touch, made corners"
	RingShared         Defect = "edges that bound an area twice, dropped"
	AreaTangled        Defect = "areas with crossings left"
	CoastLoose         Defect = "coastline ends inside the extract, continued to its edge"
	CoastContradictory Defect = "coastlines left out because others have land where they have water"
	CoastCrossing      Defect = "places where coastlines cross"
)

func newReport() Report {
	return Report{Features: map[kvartal.LayerID]int{}, Defects: map[Defect]int{}}
}

// Total returns the number of features of all layers.
func (r Report) Total() int {
	n := 0
	for _, count := range r.Features {
		n += count
	}
	return n
}

// String returns the report as lines for people.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d nodes, %d ways, %d relations became %d features in %.1f s\n",
		r.Nodes, r.Ways, r.Relations, r.Total(), r.Duration.Seconds())
	for _, layer := range slices.Sorted(maps.Keys(r.Features)) {
		fmt.Fprintf(&b, "%9d %s\n", r.Features[layer], layer)
	}
	for _, defect := range slices.Sorted(maps.Keys(r.Defects)) {
		fmt.Fprintf(&b, "%9d %s\n", r.Defects[defect], defect)
	}
	return b.String()
}

// tally counts defects within a block, without sharing.
type tally map[Defect]int

func (t tally) add(d Defect, n int) {
	if n > 0 {
		t[d] += n
	}
}

// area counts what Assemble found.
func (t tally) area(d planar.Defects) {
	t.add(RingGap, d.Gaps)
	t.add(RingLoose, d.Loose)
	t.add(RingCrossing, d.Crossings)
	t.add(RingShared, d.Shared)
	t.add(AreaTangled, d.Tangled)
}

func (r Report) count(t tally) {
	for d, n := range t {
		if n > 0 {
			r.Defects[d] += n
		}
	}
}
