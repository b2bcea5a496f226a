package simulator

import (
	"math"
	"math/rand/v2"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"kvartal"
)

// Streets is a graph of streets, a node at each vertex of a centre line.
type Streets struct {
	points []orb.Point
	next   [][]int // neighbours of each node
}

// NewStreets joins centre lines, in degrees, where they share vertices, and keeps
// the largest part that hangs together. It returns an error of
// kvartal.KindInvalid if there is nowhere to drive.
func NewStreets(lines []orb.LineString) (*Streets, error) {
	all := &Streets{}
	numbers := map[orb.Point]int{}
	number := func(p orb.Point) int {
		n, known := numbers[p]
		if !known {
			n = len(all.points)
			numbers[p] = n
			all.points, all.next = append(all.points, p), append(all.next, nil)
		}
		return n
	}
	for _, line := range lines {
		for i := 1; i < len(line); i++ {
			a, b := number(line[i-1]), number(line[i])
			if a != b {
				all.next[a], all.next[b] = append(all.next[a], b), append(all.next[b], a)
			}
		}
	}
	largest := all.largest()
	if len(largest) < 2 {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "there are no streets to drive along")
	}
	return all.only(largest), nil
}

// largest returns the nodes of the largest part.
func (s *Streets) largest() (best []int) {
	seen := make([]bool, len(s.points))
	for start := range s.points {
		if seen[start] {
			continue
		}
		seen[start] = true
		part := []int{start}
		for i := 0; i < len(part); i++ {
			for _, n := range s.next[part[i]] {
				if !seen[n] {
					seen[n] = true
					part = append(part, n)
				}
			}
		}
		if len(part) > len(best) {
			best = part
		}
	}
	return best
}

func (s *Streets) only(nodes []int) *Streets {
	renumbered := make(map[int]int, len(nodes))
	for i, n := range nodes {
		renumbered[n] = i
	}
	part := &Streets{points: make([]orb.Point, len(nodes)), next: make([][]int, len(nodes))}
	for i, n := range nodes {
		part.points[i] = s.points[n]
		for _, m := range s.next[n] {
			part.next[i] = append(part.next[i], renumbered[m])
		}
	}
	return part
}

// walk is a way along streets without end.
type walk struct {
	streets  *Streets
	dice     *rand.Rand
	from, to int
	along    float64 // metres from the node from
}

func (s *Streets) walk(dice *rand.Rand) *walk {
	from := dice.IntN(len(s.points))
	return &walk{streets: s, dice: dice, from: from, to: s.next[from][0]}
}

// advance goes on by so many metres and returns where that is, and the course in
// degrees from north.
func (w *walk) advance(metres float64) (orb.Point, float64) {
	w.along += metres
	for {
		a, b := w.streets.points[w.from], w.streets.points[w.to]
		length := geo.Distance(a, b)
		if w.along <= length {
			t := w.along / length
			course := math.Mod(geo.Bearing(a, b)+360, 360)
			return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}, course
		}
		w.along -= length
		w.from, w.to = w.to, w.choose()
	}
}

// choose returns the node behind the next one: mostly straight on, back only at
// the end of a street.
func (w *walk) choose() int {
	here := w.streets.points[w.to]
	heading := geo.Bearing(w.streets.points[w.from], here)
	best, least := w.from, math.Inf(1)
	for _, n := range w.streets.next[w.to] {
		if n == w.from {
			continue
		}
		turn := math.Abs(math.Remainder(geo.Bearing(here, w.streets.points[n])-heading, 360))
		if cost := turn + 120*w.dice.Float64(); cost < least {
			best, least = n, cost
		}
	}
	return best
}
