package live_test

import (
	"math"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal/live"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	received := noon()
	cases := []struct {
		name string
		told time.Time
		at   time.Time
		mark live.Mark
	}{
		{"in time", received.Add(-time.Second), received.Add(-time.Second), live.Right},
		{"a little ahead", received.Add(time.Minute), received.Add(time.Minute), live.Right},
		{"out of a black box", received.AddDate(0, -3, 0), received.AddDate(0, -3, 0), live.Right},
		{"no time", time.Time{}, received, live.Timeless},
		{"wrong time zone", received.Add(3 * time.Hour), received, live.Ahead},
		{"GPS weeks miscounted", received.AddDate(0, 0, -7*1024), received, live.RolledOver},
		{"in 2099", received.AddDate(73, 0, 0), time.Time{}, live.Absurd},
		{"never set", time.Unix(0, 0).UTC(), time.Time{}, live.Absurd},
	}
	for _, c := range cases {
		at, mark := live.Judge(c.told, received)
		if !at.Equal(c.at) || mark != c.mark {
			t.Errorf("%s: Judge(%v) = %v, %v, want %v, %v", c.name, c.told, at, mark, c.at, c.mark)
		}
	}
}

func TestHasPosition(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		fix  live.Fix
		want bool
	}{
		{"somewhere", live.Fix{Point: orb.Point{74.6, 42.87}}, true},
		{"on the equator", live.Fix{Point: orb.Point{74.6, 0}}, true},
		{"at 0°/0°", live.Fix{}, false},
		{"off the globe", live.Fix{Point: orb.Point{74.6, 91}}, false},
		{"not a number", live.Fix{Point: orb.Point{math.NaN(), 42}}, false},
		{"distrusted by its receiver", live.Fix{Point: orb.Point{74.6, 42.87}, Flags: live.NotValid}, false},
		{"readings only", live.Fix{Point: orb.Point{74.6, 42.87}, Flags: live.NoPosition}, false},
	}
	for _, c := range cases {
		if got := c.fix.HasPosition(); got != c.want {
			t.Errorf("%s: HasPosition() = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestHashTellsContentNotDelivery(t *testing.T) {
	t.Parallel()
	fix := live.Fix{Device: "1", Time: noon(), Received: noon(), Point: orb.Point{74.6, 42.87}, Inputs: []live.Input{{Name: "din", Value: 3}}}
	late := fix
	late.Received, late.Flags = noon().Add(time.Hour), live.Late
	if fix.Hash() != late.Hash() {
		t.Errorf("Hash() = %x for the same fix out of the black box, want %x", late.Hash(), fix.Hash())
	}
	other := fix
	other.Speed = live.Some(0)
	if fix.Hash() == other.Hash() {
		t.Errorf("Hash() = %x with and without a speed of 0, want different ones", fix.Hash())
	}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	silence := live.DefaultSilence(10 * time.Second)
	cases := []struct {
		age   time.Duration
		want  live.Presence
		until time.Duration
	}{
		{-time.Second, live.Online, 30 * time.Second},
		{29 * time.Second, live.Online, 30 * time.Second},
		{30 * time.Second, live.Slow, 10 * time.Minute},
		{10 * time.Minute, live.Stale, 24 * time.Hour},
	}
	for _, c := range cases {
		got, until := silence.Presence(noon(), noon().Add(c.age))
		if got != c.want || !until.Equal(noon().Add(c.until)) {
			t.Errorf("Presence(%v old) = %v until %v, want %v until %v", c.age, got, until, c.want, noon().Add(c.until))
		}
	}
	if got, until := silence.Presence(noon(), noon().AddDate(0, 0, 2)); got != live.Lost || !until.IsZero() {
		t.Errorf("Presence(2 days old) = %v until %v, want lost for good", got, until)
	}
}
