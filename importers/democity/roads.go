package democity

import (
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"

	"kvartal/importers/democity/plane"
)

// passport is what a kind of street is like.
type passport struct {
	category    string
	width       float64 // metres
	lanes       int
	speed       int // km/h
	traffic     int // vehicles a day, about
	maintenance string
	authority   string
}

func passports() map[string]passport {
	return map[string]passport{
		"primary":       {"arterial", 15, 4, 60, 22000, "1", "regional"},
		"secondary":     {"arterial", 10.5, 3, 60, 12000, "1", "regional"},
		"tertiary":      {"district", 8, 2, 50, 5200, "2", "municipal"},
		"unclassified":  {"local", 7, 2, 40, 1800, "2", "municipal"},
		"residential":   {"local", 6.5, 2, 40, 700, "3", "municipal"},
		"living_street": {"driveway", 5, 1, 20, 200, "3", "municipal"},
	}
}

// surveyed is the state of a street segment; segments of one street resemble
// one another.
type surveyed struct {
	condition string
	roughness float64
	repaired  int
}

func (c *city) survey(e int) surveyed {
	street, d := c.dice("road", int64(c.graph.edges[e].street)), c.dice("segment", int64(e))
	s := surveyed{repaired: min(2025, street.between(2002, 2025)+d.between(0, 2))}
	s.roughness = round(1.6+0.22*float64(today().Year()-s.repaired)*d.within(0.6, 1.3), 1)
	switch {
	case s.roughness < 3:
		s.condition = "good"
	case s.roughness < 4.8:
		s.condition = "fair"
	case s.roughness < 6.6:
		s.condition = "poor"
	default:
		s.condition = "bad"
	}
	return s
}

func (c *city) roadRows(yield func(row) bool) {
	all := passports()
	for e, edge := range c.graph.edges {
		d, s, state := c.dice("passport", int64(e)), c.street(e), c.survey(e)
		p := all[s.kind]
		long := round(edge.line.Length(), 1)
		surface := roadSurface(s.surface)
		traffic := int(float64(p.traffic) * d.within(0.6, 1.4))
		if !yield(row{edge.line.Points(), fields{
			"segment_number":  fmt.Sprintf("Д-%06d", e+1),
			"name":            text(s.name),
			"from_to":         text(c.fromTo(e)),
			"category":        p.category,
			"surface":         surface,
			"width":           p.width,
			"lanes":           p.lanes,
			"length":          long,
			"area":            round(long*p.width, 0),
			"condition":       state.condition,
			"roughness":       state.roughness,
			"defects_share":   round(min(95, state.roughness*state.roughness*0.8), 1),
			"surveyed_on":     day(2025, d.between(120, 260)),
			"traffic":         traffic,
			"load":            round(min(140, float64(traffic)/(float64(p.lanes)*80)), 0),
			"speed_limit":     p.speed,
			"built_in":        min(state.repaired, c.builtIn(edge.line.At(0), d)),
			"repaired_in":     state.repaired,
			"repair_kind":     pick(d, "repair", "repair", "capital", "patching"),
			"owner_level":     p.authority,
			"maintenance":     p.maintenance,
			"sidewalk":        pick(d, "both", "both", "one", "none"),
			"lit":             len(c.along[e]) > 0,
			"bus_route":       c.busRoute[e],
			"passport_number": fmt.Sprintf("П-%05d", edge.street+1),
			"passport_on":     day(2023, d.between(1, 365)),
			"operator":        "МБУ «Дорожное хозяйство» (демо)",
		}}) {
			return
		}
	}
}

func roadSurface(osm string) string {
	switch osm {
	case "concrete":
		return "concrete"
	case "paving_stones", "sett", "cobblestone", "brick":
		return "paving"
	case "gravel", "fine_gravel", "compacted", "unpaved":
		return "gravel"
	case "dirt", "ground", "earth", "sand", "grass":
		return "ground"
	}
	return "asphalt"
}

// fromTo names the streets that a segment lies between.
func (c *city) fromTo(e int) string {
	edge := c.graph.edges[e]
	from, to := c.crossing(edge.from, e), c.crossing(edge.to, e)
	if from == "" || to == "" {
		return ""
	}
	return truncate(from+" – "+to, 300)
}

// crossing names another street at a junction, or "".
func (c *city) crossing(junction, e int) string {
	for _, other := range c.graph.at[junction] {
		if name := c.street(other).name; name != "" && name != c.street(e).name {
			return name
		}
	}
	return ""
}

// workRows are road works on some streets: repairs of bad ones, and diggings.
func (c *city) workRows(yield func(row) bool) {
	n := 0
	for e, edge := range c.graph.edges {
		d := c.dice("works", int64(e))
		if c.street(e).name == "" || edge.line.Length() < 60 || !d.chance(0.02) {
			continue
		}
		n++
		kind := pick(d, "repair", "repair", "networks", "networks", "patching", "capital", "marking")
		starts := today().AddDate(0, 0, d.between(-90, 60))
		ends := starts.AddDate(0, 0, d.between(10, 70))
		f := fields{
			"permit_number": fmt.Sprintf("ОР-%d/%04d", starts.Year(), n),
			"name":          truncate(c.street(e).name, 300),
			"kind":          kind,
			"restriction":   pick(d, "narrowed", "narrowed", "narrowed", "closed", "none"),
			"starts_on":     starts,
			"ends_on":       ends,
			"customer":      "МБУ «Дорожное хозяйство» (демо)",
			"contractor":    fmt.Sprintf("ООО «Пример-Строй %d»", d.between(1, 9)),
			"phone":         "+7 000 000-00-00",
			"cost":          money(edge.line.Length() * d.within(3e5, 2e6)).decimal(),
			"description":   "Сгенерировано для демонстрации",
		}
		f["status"] = workStatus(starts, ends, d, f)
		from := edge.line.Length() * d.within(0.05, 0.3)
		if !yield(row{edge.line.Part(from, edge.line.Length()*d.within(0.6, 0.95)), f}) {
			return
		}
	}
}

// workStatus follows from the dates.
func workStatus(starts, ends time.Time, d dice, f fields) string {
	switch {
	case starts.After(today()):
		return "planned"
	case ends.After(today()):
		return "under_way"
	case d.chance(0.2):
		return "overdue"
	}
	f["finished_on"] = ends.AddDate(0, 0, -d.between(0, 5))
	return "finished"
}

// stop is a bus stop beside a street.
type stop struct {
	at        orb.Point
	name      string
	direction string
	edge      int
	routes    string
}

// stopDistance is how far stops of one route are apart, in metres.
const stopDistance = 420

// runBuses leads bus routes from the centre to the ends of the town and puts
// stops along them, one on each side.
func (c *city) runBuses() {
	c.busRoute = map[int]bool{}
	hub := c.nearestJunction(c.center)
	if hub < 0 {
		return
	}
	t := c.graph.shortest([]int{hub}, func(int) bool { return true })
	routes := map[int][]int{}
	for n, direction := range []orb.Point{{1, 0}, {0.7, 0.7}, {0, 1}, {-0.7, 0.7}, {-1, 0}, {-0.7, -0.7}, {0, -1}, {0.7, -0.7}} {
		j := c.farthest(direction, t)
		for j >= 0 && t.parent[j] >= 0 {
			e := t.parent[j]
			c.busRoute[e] = true
			routes[e] = append(routes[e], n+1)
			j = c.graph.end(e, j)
		}
	}
	for _, j := range t.order {
		if e := t.parent[j]; e >= 0 && c.busRoute[e] {
			c.stopsOf(e, j, t, fmt.Sprint(routes[e]))
		}
	}
}

// stopsOf puts stops where the way from the centre crosses a multiple of the
// distance of stops.
func (c *city) stopsOf(e, far int, t tree, routes string) {
	edge := c.graph.edges[e]
	near := c.graph.end(e, far)
	first, last := int(t.distance[near]/stopDistance), int(t.distance[far]/stopDistance)
	for n := first + 1; n <= last; n++ {
		s := float64(n)*stopDistance - t.distance[near]
		if edge.from != near {
			s = edge.line.Length() - s
		}
		name := c.streetName(e)
		if other := c.crossing(far, e); other != "" {
			name += " / " + other
		}
		for _, side := range []float64{1, -1} {
			direction := "из центра"
			if (side > 0) == (edge.from == near) {
				direction = "в центр"
			}
			c.stops = append(c.stops, stop{c.graph.beside(e, s, side*c.street(e).half()*0.8), name, direction, e, routes[1 : len(routes)-1]})
		}
	}
}

// farthest returns the junction reached that lies farthest in a direction,
// among those with houses; -1 if there is none.
func (c *city) farthest(direction orb.Point, t tree) int {
	best, most := -1, 0.0
	for _, j := range t.order {
		if e := t.parent[j]; e < 0 || len(c.along[e]) == 0 || t.distance[j] > 6000 {
			continue
		}
		v := plane.Sub(c.graph.junctions[j], c.center)
		if d := plane.Dot(v, plane.Unit(direction)) - 0.6*math.Abs(plane.Cross(v, plane.Unit(direction))); d > most {
			best, most = j, d
		}
	}
	return best
}

// nearestJunction returns the junction of a town nearest to a place, or -1.
func (c *city) nearestJunction(p orb.Point) int {
	best := -1
	for _, town := range c.townParts {
		for _, j := range town {
			if best < 0 || plane.Distance(c.graph.junctions[j], p) < plane.Distance(c.graph.junctions[best], p) {
				best = j
			}
		}
	}
	return best
}

func (c *city) stopRows(yield func(row) bool) {
	n := 0
	put := func(at orb.Point, name, direction, routes string) bool {
		n++
		d := c.dice("stop", int64(n))
		shelter := pick(d, "none", "open", "open", "closed", "smart")
		f := fields{
			"stop_number":  fmt.Sprintf("О-%04d", n),
			"name":         truncate(name, 300),
			"name_en":      truncate(name, 300),
			"transport":    "bus",
			"shelter":      shelter,
			"display":      shelter == "smart",
			"lay_by":       d.chance(0.5),
			"accessible":   d.chance(0.6),
			"condition":    pick(d, "good", "good", "fair", "poor"),
			"passengers":   d.between(10, 900),
			"installed_in": d.between(1995, 2025),
			"owner":        "Муниципальное образование (демо)",
			"operator":     "МУП «Автобус» (демо)",
			"direction":    text(direction),
			"routes":       text(routes),
		}
		return yield(row{at, f})
	}
	for i, s := range c.base.stops {
		name := s.name
		if name == "" {
			name = fmt.Sprintf("Остановка %d", i+1)
		}
		if !put(s.at, name, "", "") {
			return
		}
	}
	for _, s := range c.stops {
		if !put(s.at, s.name, s.direction, s.routes) {
			return
		}
	}
}
