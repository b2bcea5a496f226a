package index

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/cql2"
)

// Watch follows what a reader sees of a layer in a part of the map. It keeps the
// ids of what it has told of and no state, so a slow reader skips states and
// never falls behind. Not safe for concurrent use.
type Watch struct {
	sight  *Sight
	box    *orb.Bound
	filter *cql2.Predicate
	print  string // of sight, box and filter
	run    string

	sources []source
	told    map[kvartal.FeatureID]struct{}
	at      [2]uint64 // the batch up to which each source was read
	changes []change  // working space
}

// Difference is what has changed for a reader.
type Difference struct {
	// Whole says that Objects are all there is, and whatever the reader knew
	// besides is no more.
	Whole   bool
	Objects []Seen
	Gone    []kvartal.FeatureID
}

// Empty reports whether nothing has changed.
func (d Difference) Empty() bool { return !d.Whole && len(d.Objects) == 0 && len(d.Gone) == 0 }

// Watch begins to follow a box, everywhere if it is nil, and the objects that a
// filter is true of, all if it is nil. The text of the filter tells it apart.
func (x *Index) Watch(s *Sight, box *orb.Bound, filter *cql2.Predicate, text string) *Watch {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %v %s", s.layer.Definition.ID, s.print, box, text))
	return &Watch{sight: s, box: box, filter: filter, print: hex.EncodeToString(sum[:8]), run: x.run, sources: s.sources(), told: map[kvartal.FeatureID]struct{}{}}
}

// Place names what the reader knows by now, for Begin of a later Watch.
func (w *Watch) Place() string { return fmt.Sprintf("%s-%s-%d-%d", w.run, w.print, w.at[0], w.at[1]) }

// Begin returns what a reader is to be told first: what has changed since a place
// it was at before, or all if that is not known any more.
func (w *Watch) Begin(place string, most int) (Difference, error) {
	var from [2]uint64
	known := false
	if rest, ok := strings.CutPrefix(place, w.run+"-"+w.print+"-"); ok {
		n, err := fmt.Sscanf(rest, "%d-%d", &from[0], &from[1])
		known = err == nil && n == len(from)
	}
	// Where to go on from is read before the objects, so that nothing is missed.
	for i, src := range w.sources {
		w.at[i] = src.scene.batch()
	}
	objects, all := w.sight.Objects(w.box, most)
	if !all {
		return Difference{}, kvartal.Errorf(kvartal.KindTooLarge, "more than %d objects are here: ask for a smaller bbox", most).In("bbox")
	}
	kept := objects[:0]
	for _, o := range objects {
		if o.matches(w.filter) {
			kept = append(kept, o)
			w.told[o.ID] = struct{}{}
		}
	}
	if known && w.sight.whole() {
		if d, ok := w.resume(from); ok {
			return d, nil
		}
		for i, src := range w.sources {
			w.at[i] = src.scene.batch()
		}
	}
	return Difference{Whole: true, Objects: kept}, nil
}

// resume returns what has changed since the batches a reader was at. What it was
// told of before is not known, so it is told of all that went.
func (w *Watch) resume(from [2]uint64) (Difference, bool) {
	w.at = from
	for i, src := range w.sources {
		changes, _, _ := src.scene.after(from[i], nil)
		for _, c := range changes {
			w.told[c.id] = struct{}{}
		}
	}
	return w.Next()
}

// Await waits until something may have changed for one of several readers, or
// returns the error of the context that ended before.
func Await(ctx context.Context, watches []*Watch) error {
	cases := []reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ctx.Done())}}
	for _, w := range watches {
		for i, src := range w.sources {
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(src.scene.woken(w.at[i]))})
		}
	}
	reflect.Select(cases)
	return ctx.Err()
}

// Next returns what has changed for the reader since it was told last, which may
// be nothing. A reader that was away for too long is to Begin anew: then it is
// false.
func (w *Watch) Next() (Difference, bool) {
	w.changes = w.changes[:0]
	mixed := len(w.sources) > 1
	for i, src := range w.sources {
		before := w.at[i]
		var ok bool
		if w.changes, w.at[i], ok = src.scene.after(before, w.changes); !ok {
			return Difference{}, false
		}
		mixed = mixed || w.at[i] > before+1
	}
	if mixed { // one batch names each object once
		slices.SortFunc(w.changes, func(a, b change) int { return cmp.Compare(a.id, b.id) })
		w.changes = slices.CompactFunc(w.changes, func(a, b change) bool { return a.id == b.id })
	}
	var d Difference
	for _, c := range w.changes {
		w.look(c, &d)
	}
	return d, true
}

// look adds what has become of one object.
func (w *Watch) look(c change, d *Difference) {
	_, told := w.told[c.id]
	if o, ok := w.seen(c); ok {
		if !told {
			w.told[c.id] = struct{}{}
		}
		d.Objects = append(d.Objects, o)
		return
	}
	if told {
		delete(w.told, c.id)
		d.Gone = append(d.Gone, c.id)
	}
}

// seen returns the object of a change if it is where the reader looks.
func (w *Watch) seen(c change) (o Seen, ok bool) {
	if len(w.sources) > 1 { // it may be shown as it is or as it was
		o, ok = w.sight.object(c.id)
		return o, ok && w.inBox(o.Object) && o.matches(w.filter)
	}
	if c.object == nil || !w.inBox(c.object) {
		return o, false
	}
	fields, ok := shown(w.sources[0].rules, c.object)
	o = Seen{c.object, fields}
	return o, ok && o.matches(w.filter)
}

func (w *Watch) inBox(o *Object) bool { return w.box == nil || o.Somewhere && w.box.Contains(o.Point) }
