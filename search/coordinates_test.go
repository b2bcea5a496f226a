package search_test

import (
	"math"
	"testing"

	"github.com/paulmach/orb"

	"kvartal/search"
)

func TestCoordinatesInAnyUsualForm(t *testing.T) {
	t.Parallel()
	moscow := orb.Point{37.6176, 55.7558}
	for _, text := range []string{
		"55.7558 37.6176",
		"55.7558, 37.6176",
		"55.7558,37.6176",
		"55,7558 37,6176",
		"55,7558, 37,6176",
		"55,7558; 37,6176",
		"55,7558,37,6176",
		"(55.7558; 37.6176)",
		"geo:55.7558,37.6176",
		"37.6176 55.7558",
		"55.7558N 37.6176E",
		"N55.7558 E37.6176",
		"n 55.7558, e 37.6176",
		"E37.6176 N55.7558",
		"37.6176E 55.7558N",
		"55.7558° с.ш., 37.6176° в.д.",
		"55,7558° с. ш. 37,6176° в. д.",
		"37.6176° в.д. 55.7558° с.ш.",
		"с55.7558 в37.6176",
		"lat 55.7558 lon 37.6176",
		"lat: 55.7558, lng: 37.6176",
		"широта 55.7558 долгота 37.6176",
		`55°45'20.88"N 37°37'03.36"E`,
		`55°45′20,88″ с.ш. 37°37′3,36″ в.д.`,
		`N 55° 45' 20.88", E 37° 37' 3.36"`,
		"55 45 20.88 37 37 3.36",
		"55°45.348' 37°37.056'",
		"55 45.348 N 37 37.056 E",
	} {
		c, ok := search.ParseCoordinates(text)
		if !ok || c.Projected {
			t.Errorf("ParseCoordinates(%q) = %+v, %v, want degrees", text, c, ok)
			continue
		}
		if p := c.Resolve(moscow); math.Abs(p[0]-moscow[0]) > 1e-9 || math.Abs(p[1]-moscow[1]) > 1e-9 {
			t.Errorf("ParseCoordinates(%q) resolves to %v, want %v", text, p, moscow)
		}
	}
}

func TestCoordinatesOfOtherHemispheres(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]orb.Point{
		"39.1582 -75.5244":                {-75.5244, 39.1582},
		"-75.5244, 39.1582":               {-75.5244, 39.1582},
		"39.1582N 75.5244W":               {-75.5244, 39.1582},
		"75.5244 з.д. 39.1582 с.ш.":       {-75.5244, 39.1582},
		"33.9 ю.ш. 151.2 в.д.":            {151.2, -33.9},
		"151.2 -33.9":                     {151.2, -33.9},
		`0°30'0"S 0°15'0"W`:               {-0.25, -0.5},
		"-0.5 -0.25":                      {-0.25, -0.5},
		"S33°51'24\" E151°12'36\"":        {151.21, -33.85666666666667},
		"42°52′29″ с. ш. 74°36′44″ в. д.": {74.61222222222223, 42.87472222222222},
	} {
		c, ok := search.ParseCoordinates(text)
		if !ok {
			t.Errorf("ParseCoordinates(%q) is none", text)
			continue
		}
		if p := c.Resolve(orb.Point{-75.5, 39}); math.Abs(p[0]-want[0]) > 1e-9 || math.Abs(p[1]-want[1]) > 1e-9 {
			t.Errorf("ParseCoordinates(%q) resolves to %v, want %v", text, p, want)
		}
	}
}

func TestMetresOfAProjection(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]search.Coordinates{
		"454530.25 4334422.1":      {First: 454530.25, Second: 4334422.1, Projected: true},
		"454530,25 4334422,1":      {First: 454530.25, Second: 4334422.1, Projected: true},
		"x=4334422 y=454530":       {First: 4334422, Second: 454530, Projected: true, Order: search.LonLat},
		"X: 634512.11; Y: 98123.9": {First: 634512.11, Second: 98123.9, Projected: true, Order: search.LonLat},
		"634512 98123":             {First: 634512, Second: 98123, Projected: true},
	} {
		if c, ok := search.ParseCoordinates(text); !ok || c != want {
			t.Errorf("ParseCoordinates(%q) = %+v, %v, want %+v", text, c, ok, want)
		}
	}
}

func TestOtherTextIsNoCoordinates(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "12", "12 3", "Ленина 12", "24:50:0100001:123", "91.5 92.5", "55.75", "1.5 2.5 3.5", "55°45'70\" 37°", "N55.7 N37.6",
		"12а", "д. 12 к. 3", "55.7558 37.6176 Москва", "181 20.5", "+7 391 212-34-56", "2024.05.01",
	} {
		if c, ok := search.ParseCoordinates(text); ok {
			t.Errorf("ParseCoordinates(%q) = %+v, want none", text, c)
		}
	}
}

func FuzzParseCoordinates(f *testing.F) {
	for _, text := range []string{"55.7558 37.6176", `55°45'20.88"N 37°37'03.36"E`, "x=4334422 y=454530", "geo:1,2", "с. ш."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := search.ParseCoordinates(text)
		if !ok || c.Projected {
			return
		}
		if p := c.Resolve(orb.Point{37, 55}); !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) {
			t.Errorf("ParseCoordinates(%q) resolves to %v, which is not on the globe", text, p)
		}
	})
}
