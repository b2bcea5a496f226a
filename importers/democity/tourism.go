package democity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// sightKinds maps tags of the map to kinds of the register.
func sightKinds() map[string]string {
	return map[string]string{
		"tourism=hotel": "hotel", "tourism=motel": "hotel", "tourism=guest_house": "hotel", "tourism=hostel": "hotel", "tourism=camp_site": "hotel",
		"tourism=information": "information", "tourism=viewpoint": "viewpoint", "tourism=museum": "museum", "tourism=gallery": "museum",
		"tourism=artwork": "monument", "tourism=attraction": "architecture", "tourism=zoo": "nature", "tourism=theme_park": "sport", "tourism=picnic_site": "nature",
		"historic=monument": "monument", "historic=memorial": "monument", "historic=ruins": "archaeology", "historic=battlefield": "archaeology", "historic=archaeological_site": "archaeology",
		"amenity=place_of_worship": "religious", "amenity=theatre": "theatre", "amenity=arts_centre": "theatre", "amenity=cinema": "theatre",
		"amenity=restaurant": "food", "amenity=cafe": "food", "leisure=stadium": "sport", "leisure=sports_centre": "sport", "leisure=park": "nature",
		"leisure=golf_course": "sport", "amenity=library": "architecture", "amenity=courthouse": "architecture", "amenity=townhall": "architecture",
	}
}

// sight is a real place of the map that visitors may want to see.
type sight struct {
	poi
	category string
}

// sights lists the named places that visitors come for.
func (c *city) sights() []sight {
	kinds := sightKinds()
	var out []sight
	for _, p := range c.base.pois {
		if kind := kinds[p.kind]; kind != "" && p.name != "" {
			out = append(out, sight{p, kind})
		}
	}
	return out
}

func sightNumber(i int) string { return fmt.Sprintf("Т-%04d", i+1) }

func (c *city) sightRows(yield func(row) bool) {
	for i, s := range c.sights() {
		d := c.dice("sight", s.id)
		f := fields{
			"object_number":  sightNumber(i),
			"name":           truncate(s.name, 300),
			"name_en":        truncate(s.name, 300),
			"kind":           s.category,
			"description":    "Место отмечено на карте OpenStreetMap (" + s.kind + "). Остальное сгенерировано для демонстрации.",
			"description_en": "A place of the OpenStreetMap map (" + s.kind + "). The rest is generated for demonstration.",
			"accessible":     pick(d, "yes", "yes", "limited", "no"),
			"visitors":       d.between(3, 400) * 100,
		}
		switch s.category {
		case "museum", "theatre":
			f["opening_hours"], f["fee"] = "вт–вс 10:00–18:00", "paid"
		case "monument", "religious", "nature", "viewpoint", "information":
			f["fee"] = "free"
		case "food":
			f["opening_hours"] = "ежедневно 9:00–22:00"
		}
		if s.category == "monument" || s.category == "archaeology" {
			f["heritage"] = pick(d, "regional", "municipal", "identified")
		}
		if !yield(row{s.at, f}) {
			return
		}
	}
}

// routeTheme is a route by what it shows.
type routeTheme struct {
	ru, en, kind, theme string
	shows               []string
}

// routeThemes are the routes that the demo city offers.
func routeThemes() []routeTheme {
	return []routeTheme{
		{"История города", "History of the town", "walking", "history", []string{"monument", "architecture", "museum", "archaeology", "theatre"}},
		{"Храмы города", "Churches of the town", "walking", "memory", []string{"religious"}},
		{"Парки на велосипеде", "Parks by bicycle", "cycling", "nature", []string{"nature", "viewpoint", "sport"}},
		{"Вкус города", "Taste of the town", "walking", "food", []string{"food"}},
	}
}

// stopsOfRoute is how many sights a route shows.
const stopsOfRoute = 7

func (c *city) routeRows(yield func(row) bool) {
	sights := c.sights()
	for n, theme := range routeThemes() {
		line, stops := c.route(sights, theme.shows)
		if len(stops) < 2 {
			continue
		}
		km := planar.Length(line) / 1000
		speed := 3.5
		if theme.kind == "cycling" {
			speed = 12
		}
		if !yield(row{orb.MultiLineString{line}, fields{
			"route_number":   fmt.Sprintf("М-%02d", n+1),
			"name":           theme.ru,
			"name_ru":        theme.ru,
			"name_en":        theme.en,
			"kind":           theme.kind,
			"theme":          theme.theme,
			"length":         round(km, 2),
			"duration":       round(min(100, km/speed), 1),
			"difficulty":     pick(c.dice("route", int64(n)), "easy", "easy", "medium"),
			"circular":       false,
			"accessible":     true,
			"season":         "all",
			"stops":          strings.Join(stops, ", "),
			"description":    "Маршрут по улицам между местами карты OpenStreetMap. Сгенерировано для демонстрации.",
			"description_en": "A route along the streets between places of the OpenStreetMap map. Generated for demonstration.",
			"operator":       "Туристско-информационный центр (демо)",
		}}) {
			return
		}
	}
}

// route walks along the streets from sight to sight, always to the nearest that
// is left, beginning at the one nearest to the centre.
func (c *city) route(sights []sight, kinds []string) (orb.LineString, []string) {
	left := map[int][]int{} // sights by junction
	for i, s := range sights {
		if j := c.nearestJunction(s.at); j >= 0 && slices.Contains(kinds, s.category) {
			left[j] = append(left[j], i)
		}
	}
	at := c.nearestJunction(c.center)
	if at < 0 {
		return nil, nil
	}
	var line orb.LineString
	var stops []string
	for len(stops) < stopsOfRoute {
		t := c.graph.shortest([]int{at}, func(int) bool { return true })
		next := -1
		for _, j := range t.order {
			if len(left[j]) > 0 && t.distance[j] < 5000 {
				next = j
				break
			}
		}
		if next < 0 {
			break
		}
		if len(stops) > 0 {
			line = append(line, c.way(t, next)...)
		}
		for _, i := range left[next] {
			stops = append(stops, sightNumber(i))
		}
		delete(left, next)
		at = next
	}
	if len(line) < 2 {
		return nil, nil
	}
	return line, stops
}

// way is the line from the source of a tree to a junction.
func (c *city) way(t tree, to int) orb.LineString {
	var out orb.LineString
	for j := to; t.parent[j] >= 0; {
		e := t.parent[j]
		line := c.graph.edges[e].line.Points().Clone()
		if c.graph.edges[e].to != j {
			line.Reverse()
		}
		line.Reverse() // from j back to the source
		out = append(out, line...)
		j = c.graph.end(e, j)
	}
	out.Reverse()
	return out
}
