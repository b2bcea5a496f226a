package search

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

// Layer is a layer to be searched as somebody may see it.
type Layer struct {
	Definition *layers.Definition
	View       view.View
}

// Request says what is searched for.
type Request struct {
	Text   string
	Lang   string     // of titles
	Near   *orb.Point // longitude, latitude: what is close comes first; nil: anywhere
	Limit  int        // results, 1 to MaxResults
	Layers []Layer    // their views must permit Query
}

// Result is one feature found.
type Result struct {
	Layer    *layers.Definition
	ID       kvartal.FeatureID
	Title    string
	Subtitle string
	Point    *orb.Point // longitude, latitude; nil without a place
	Bound    *orb.Bound

	cost uint16
}

// Failure is a layer that could not be searched.
type Failure struct {
	Layer *layers.Definition
	Err   error
}

// Limits of a search.
const (
	MaxResults = 50
	// perLayer is how many candidates a layer brings, and perRestricted one of
	// which somebody may see a part only: the best may not be among it.
	perLayer      = 200
	perRestricted = 5000
	// atOnce bounds the layers of one search that are worked on at a time.
	atOnce = 4
	// layerTimeout bounds the statement for one layer, so that a slow one does not
	// hold the answer.
	layerTimeout = 3 * time.Second
	// mostMembers is how many pieces of one street a result is joined of.
	mostMembers = 40
)

// Search returns what matches best, the best first, and the layers that failed.
// A text without letters or digits finds nothing. Errors are of KindInvalid.
func (x *Index) Search(ctx context.Context, r Request) ([]Result, []Failure, error) {
	if r.Limit < 1 || r.Limit > MaxResults {
		return nil, nil, kvartal.Errorf(kvartal.KindInvalid, "limit is %d: want 1 to %d", r.Limit, MaxResults).In("limit")
	}
	q, err := parse(r.Text, x.kinds)
	if err != nil || len(q.readings) == 0 {
		return nil, nil, err
	}
	s := search{index: x, request: r, query: q}
	results := s.results(ctx)
	if len(results) == 0 && s.query.relax() {
		results = s.results(ctx)
	}
	return results, s.failures, nil
}

// search is one search under way.
type search struct {
	index    *Index
	request  Request
	query    query
	layers   []layerSearch
	failures []Failure
}

// layerSearch is a search in one layer.
type layerSearch struct {
	Layer
	schema     *schema
	wish       wish
	candidates []candidate // the best first
	read       int         // candidates that were read from the database
	results    []Result
	err        error
}

// findCandidates asks the index of every layer.
func (s *search) findCandidates() {
	s.layers, s.failures = nil, nil
	current := *s.index.layers.Load()
	for _, l := range s.request.Layers {
		l.View = l.View.For(view.Query)
		schema := s.index.schemas[l.Definition.ID]
		if schema == nil || schema.readable(l.View) == 0 || l.View.Require(view.Query) != nil {
			continue
		}
		if current[l.Definition.ID] == nil {
			s.failures = append(s.failures, Failure{
				l.Definition,
				kvartal.Errorf(kvartal.KindUnavailable, "layer %q has not been indexed for search yet: try again in a few seconds", l.Definition.ID),
			})
			continue
		}
		s.layers = append(s.layers, layerSearch{Layer: l, schema: schema, wish: s.wish(schema, l.View)})
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i := range s.layers {
		group.Go(func() error {
			l := &s.layers[i]
			room, _ := s.index.spaces.Get().(*space)
			l.candidates = current[l.Definition.ID].search(l.wish, room)
			s.index.spaces.Put(room)
			return nil
		})
	}
	_ = group.Wait() // nothing fails
}

func (s *search) wish(of *schema, v view.View) wish {
	limit := perLayer
	if !v.WholeLayer() {
		limit = perRestricted
	}
	w := wish{query: s.query, readable: of.readable(v), label: of.labelField(v), limit: limit, onePerName: of.onePerName()}
	if p := s.request.Near; p != nil {
		w.near, w.hasNear = [2]float32{float32(p[0]), float32(p[1])}, true
	}
	return w
}

// results reads the best candidates from the database until there are enough:
// some may be gone, changed, or not for the eyes of whoever asks.
func (s *search) results(ctx context.Context) []Result {
	s.findCandidates()
	for want := 3 * s.request.Limit; ; want *= 4 {
		more := s.choose(want)
		if more {
			s.readAll(ctx)
		}
		if results := s.merged(); len(results) >= s.request.Limit || !more {
			for _, l := range s.layers {
				if l.err != nil {
					s.failures = append(s.failures, Failure{l.Definition, l.err})
				}
			}
			return results[:min(len(results), s.request.Limit)]
		}
	}
}

// choose marks the best candidates of all layers to be read, as many as wanted;
// false if all that are wanted have been.
func (s *search) choose(want int) bool {
	var costs []uint16
	for _, l := range s.layers {
		for _, c := range l.candidates {
			costs = append(costs, c.cost)
		}
	}
	if len(costs) == 0 {
		return false
	}
	slices.Sort(costs)
	most := costs[min(want, len(costs))-1]
	more := false
	for i := range s.layers {
		l := &s.layers[i]
		n := 0
		for n < len(l.candidates) && n < want && l.candidates[n].cost <= most {
			n++
		}
		more = more || n > l.read
		l.read = max(l.read, n)
	}
	return more
}

func (s *search) readAll(ctx context.Context) {
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i := range s.layers {
		if l := &s.layers[i]; l.read > 0 && l.err == nil {
			group.Go(func() error {
				l.err = s.read(ctx, l)
				return nil
			})
		}
	}
	_ = group.Wait() // failures stay with their layer
}

// read makes results of the candidates that are still what they were.
func (s *search) read(ctx context.Context, l *layerSearch) error {
	ctx, cancel := context.WithTimeout(ctx, layerTimeout)
	defer cancel()
	var ids []kvartal.FeatureID
	for _, c := range l.candidates[:l.read] {
		ids = append(ids, kvartal.FeatureID(c.id))
		for _, member := range c.members {
			ids = append(ids, kvartal.FeatureID(member))
		}
	}
	briefs, err := s.index.store.Briefs(ctx, l.View, ids, l.attributes())
	if err != nil {
		return err
	}
	l.results = s.verified(l, briefs)
	return nil
}

// attributes are what is searched, and what features are called.
func (l *layerSearch) attributes() []string {
	names := append(l.schema.attributes(), l.Definition.NameFields()...)
	slices.Sort(names)
	return slices.Compact(names)
}

// verified matches briefs anew, as the view may read them.
func (s *search) verified(l *layerSearch, briefs []layers.Brief) []Result {
	slices.SortFunc(briefs, func(a, b layers.Brief) int { return cmp.Compare(a.ID, b.ID) })
	build := newSegmentBuilder()
	byID := map[int64]layers.Brief{}
	for _, b := range briefs {
		texts := make([]string, len(l.schema.fields))
		for i, f := range l.schema.fields {
			texts[i] = b.Values[f.Name]
		}
		build.add(l.schema.document(int64(b.ID), pointOf(b), texts))
		byID[int64(b.ID)] = b
	}
	w := l.wish
	w.limit, w.onePerName = len(briefs), false
	matched := newLayerIndex(l.schema, build.finish()).search(w, new(space))
	var results []Result
	places := map[uint32]int{}
	for _, c := range matched {
		b := byID[c.id]
		if i, known := places[c.name]; known && c.name != 0 && l.wish.onePerName {
			results[i].join(b)
			continue
		}
		places[c.name] = len(results)
		results = append(results, s.result(l, b, c.cost))
	}
	return results
}

func pointOf(b layers.Brief) [2]float32 {
	if b.Point == nil {
		return [2]float32{float(nil), float(nil)}
	}
	return [2]float32{float32(b.Point[0]), float32(b.Point[1])}
}

// merged returns the results of all layers, the best first.
func (s *search) merged() []Result {
	var all []Result
	for _, l := range s.layers {
		all = append(all, l.results...)
	}
	slices.SortStableFunc(all, func(a, b Result) int { return int(a.cost) - int(b.cost) })
	return all
}
