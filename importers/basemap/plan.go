package basemap

import (
	"cmp"
	"slices"
	"strings"

	"kvartal/importers/basemap/pbf"
	"kvartal/importers/basemap/shortbread"
)

// purpose is what a relation is for.
type purpose struct {
	// draws are the areas it becomes, as looks.
	draws []look
	// bare is an old multipolygon that leaves its tags to its outer ways.
	bare bool
	// level and disputed make boundaries of its ways; level 2 and 4 are
	// labelled.
	level    int
	disputed bool
}

// look is a layer and kind: two areas with the same look at the same place are
// one thing drawn twice.
type look string

func lookOf(d shortbread.Draft) look {
	kind, _ := d.Properties["kind"].(string)
	return look(string(d.Layer) + "/" + kind)
}

func looksOf(drafts []shortbread.Draft) []look {
	var out []look
	for _, d := range drafts {
		out = append(out, lookOf(d))
	}
	return out
}

// purposeOf returns what a relation is for; ok is false if it is none of ours.
func purposeOf(t pbf.Tags) (p purpose, ok bool) {
	kind := t.Get("type")
	if kind != "multipolygon" && kind != "boundary" {
		return p, false
	}
	p.draws = looksOf(shortbread.Areas(t, shortbread.Area, 0))
	p.level, p.disputed = shortbread.Boundary(t)
	p.bare = kind == "multipolygon" && !slices.ContainsFunc(t, saysWhatItIs)
	return p, len(p.draws) > 0 || p.bare || p.level > 0 || p.disputed
}

// saysWhatItIs tells a tag about the thing from a note about the data.
func saysWhatItIs(tag pbf.Tag) bool {
	key, _, _ := strings.Cut(tag.Key, ":")
	return !slices.Contains([]string{
		"type", "name", "source", "note", "fixme", "FIXME", "created_by", "attribution", "comment", "description",
	}, key)
}

// role is what a way does in a relation.
type role struct {
	way      int64
	stored   bool  // its line is needed
	bare     bool  // it is an outer way that speaks for its relation
	level    uint8 // of the boundary it is part of, or 0
	disputed bool
	looks    int32 // of the relation it is an outer way of: place in plan.looks, or -1
}

// plan is what ways do in relations.
type plan struct {
	roles []role // in order of ways, once sorted
	looks [][]look
}

// add plans for the ways of a relation.
func (p *plan) add(members []pbf.Member, why purpose) {
	p.looks = append(p.looks, why.draws)
	for _, m := range members {
		if m.Kind != pbf.Ways {
			continue
		}
		r := role{way: m.ID, level: uint8(why.level), disputed: why.disputed, looks: -1}
		r.stored = len(why.draws) > 0 || why.bare || why.level > 0
		if isOuter(m) {
			r.bare = why.bare
			if len(why.draws) > 0 {
				r.looks = int32(len(p.looks) - 1)
			}
		}
		p.roles = append(p.roles, r)
	}
}

// isOuter goes by the role, which matters only for whose tags count; geometry
// goes by itself.
func isOuter(m pbf.Member) bool { return m.Role == "outer" || m.Role == "" }

func (p *plan) sort() {
	slices.SortStableFunc(p.roles, func(a, b role) int { return cmp.Compare(a.way, b.way) })
}

// of returns the roles of a way.
func (p *plan) of(way int64) []role {
	from, _ := slices.BinarySearchFunc(p.roles, way, func(r role, way int64) int { return cmp.Compare(r.way, way) })
	to := from
	for to < len(p.roles) && p.roles[to].way == way {
		to++
	}
	return p.roles[from:to]
}

// duties is what all roles of a way come to.
type duties struct {
	stored, bare    bool
	level           int // the highest level of boundary, 2 before 4; 0 for none
	disputed        bool
	drawnByRelation []look
}

func (p *plan) duties(way int64) duties {
	var d duties
	for _, r := range p.of(way) {
		d.stored = d.stored || r.stored
		d.bare = d.bare || r.bare
		d.disputed = d.disputed || r.disputed
		if level := int(r.level); level > 0 && (d.level == 0 || level < d.level) {
			d.level = level
		}
		if r.looks >= 0 {
			d.drawnByRelation = append(d.drawnByRelation, p.looks[r.looks]...)
		}
	}
	return d
}
