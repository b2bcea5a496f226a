package trackers_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"kvartal/live/trackers"
)

func TestMinutes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text   string
		digits int
		want   float64
		ok     bool
	}{
		{"4252.5", 2, 42.875, true},
		{"07430", 3, 74.5, true},
		{"5366.0", 2, 54.1, true},
		{"", 2, 0, false},
		{"425", 2, 0, false},
		{"4x52.5", 2, 0, false},
		{"42-1.5", 2, 0, false},
		{"42NaN", 2, 0, false},
		{"42100", 2, 0, false},
	}
	for _, c := range cases {
		if got, ok := trackers.ParseMinutes(c.text, c.digits); math.Abs(got-c.want) > 1e-12 || ok != c.ok {
			t.Errorf("ParseMinutes(%q, %d) = %v, %v, want %v, %v", c.text, c.digits, got, ok, c.want, c.ok)
		}
	}
}

func TestMinutesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Float64Range(0, 180).Draw(t, "degrees")
		text := trackers.FormatMinutes(-want, 3)
		if got, ok := trackers.ParseMinutes(text, 3); !ok || math.Abs(got-want) > 1e-8 {
			t.Fatalf("ParseMinutes(FormatMinutes(%v) = %q) = %v, %v, want the same", want, text, got, ok)
		}
	})
}
