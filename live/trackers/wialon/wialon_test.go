package wialon_test

import (
	"bytes"
	"compress/zlib"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
	"kvartal/live/trackers/trackerstest"
	"kvartal/live/trackers/wialon"
)

// newSession is a session after a login of version 2, so that sums are checked.
func newSession() trackers.Session {
	session := new(wialon.Session)
	if _, err := session.Decode(wialon.EncodeLogin("42", "")); err != nil {
		panic(err)
	}
	return session
}

func bus() live.Fix {
	return live.Fix{
		Device: "42", Source: "wialon", Time: time.Date(2026, 1, 15, 6, 30, 0, 0, time.UTC),
		Point: orb.Point{74.6057, 42.8746},
		Speed: live.Some(23.5), Course: live.Some(271), Satellites: live.Some(11),
		Inputs: []live.Input{{Name: "t1", Value: -3.5}, {Name: "driver", Text: "A7"}},
	}
}

func near() cmp.Option {
	return cmp.Options{
		cmpopts.EquateApprox(0, 1e-8),
		cmp.Transformer("axes", func(p orb.Point) [2]float64 { return p }),
	}
}

func suite() trackerstest.Suite {
	fix := bus()
	return trackerstest.Suite{New: newSession, Checked: true, Frames: [][]byte{
		wialon.EncodeLogin("42", "secret"),
		wialon.Encode(&fix),
		wialon.EncodeBlackBox([]live.Fix{fix, fix}),
		[]byte("#P#\r\n"),
		pack("#P#\r\n" + string(wialon.Encode(&fix))),
	}}
}

// pack compresses lines into one packet.
func pack(lines string) []byte {
	var stream bytes.Buffer
	w := zlib.NewWriter(&stream)
	w.Write([]byte(lines))
	w.Close()
	return append([]byte{0xFF, byte(stream.Len()), byte(stream.Len() >> 8)}, stream.Bytes()...)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	trackerstest.Run(t, suite())
}

func FuzzSession(f *testing.F) { trackerstest.Fuzz(f, suite()) }

func TestFixesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := bus()
		want.Point = orb.Point{rapid.Float64Range(-180, 180).Draw(t, "lon"), rapid.Float64Range(-90, 90).Draw(t, "lat")}
		want.Speed = live.Some(rapid.Float64Range(0, 200).Draw(t, "speed"))
		if rapid.Bool().Draw(t, "timeless") {
			want.Time = time.Time{}
		}
		message, err := newSession().Decode(wialon.Encode(&want))
		if err != nil {
			t.Fatalf("Decode(Encode(%+v)) = %v", want, err)
		}
		if diff := cmp.Diff([]live.Fix{want}, message.Fixes, near()); diff != "" {
			t.Fatalf("Decode(Encode) differs (-sent +got):\n%s", diff)
		}
	})
}

func TestPackets(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 15, 6, 30, 0, 0, time.UTC)
	short := live.Fix{
		Source: "wialon", Time: at, Point: orb.Point{74.5, -42.25},
		Speed: live.Some(12), Course: live.Some(90), Altitude: live.Some(770), Satellites: live.Some(9),
	}
	full := short
	full.HDOP = live.Some(0.8)
	full.Inputs = []live.Input{
		{Name: "din", Value: 5},
		{Name: "adc1", Value: 14.77},
		{Name: "adc2", Value: 0.02},
		{Name: "ibutton", Text: "AB45"},
		{Name: "fuel", Value: 45.8},
		{Name: "hw", Text: "V4.5"},
	}
	late := short
	late.Flags = live.Late
	named := short
	named.Device = "77"
	const position = "150126;063000;4215.0;S;07430.0;E;12;90;770;9"
	cases := []struct {
		name, line string
		want       trackers.Message
	}{
		{"login of version 1", "#L#42;secret", trackers.Message{
			Login:    &trackers.Login{Device: "42", Password: "secret"},
			Accepted: []byte("#AL#1\r\n"), Refused: []byte("#AL#01\r\n"),
		}},
		{"short", "#SD#" + position, trackers.Message{Fixes: []live.Fix{short}, Accepted: []byte("#ASD#1\r\n")}},
		{"long", "#D#" + position + ";0.8;5;NA;14.77,0.02;AB45;fuel:2:45.8,hw:3:V4.5", trackers.Message{
			Fixes: []live.Fix{full}, Accepted: []byte("#AD#1\r\n"),
		}},
		{"black box", "#B#" + position + "|broken|" + position, trackers.Message{
			Fixes: []live.Fix{late, late}, Accepted: []byte("#AB#2\r\n"),
		}},
		{"datagram", "77#SD#" + position, trackers.Message{
			Login: &trackers.Login{Device: "77"}, Fixes: []live.Fix{named}, Accepted: []byte("#ASD#1\r\n"),
		}},
		{"ping", "#P#", trackers.Message{Accepted: []byte("#AP#\r\n")}},
		{"words to the driver", "#M#hello", trackers.Message{Accepted: []byte("#AM#1\r\n")}},
		{"neither time nor place", "#SD#NA;NA;NA;NA;NA;NA;NA;NA;NA;NA", trackers.Message{
			Fixes: []live.Fix{{Source: "wialon", Flags: live.NoPosition}}, Accepted: []byte("#ASD#1\r\n"),
		}},
	}
	for _, c := range cases {
		got, err := new(wialon.Session).Decode([]byte(c.line + "\r\n"))
		if err != nil {
			t.Errorf("%s: Decode(%q) = %v, want no error", c.name, c.line, err)
			continue
		}
		if diff := cmp.Diff(c.want, got, near()); diff != "" {
			t.Errorf("%s: Decode(%q) differs (-want +got):\n%s", c.name, c.line, diff)
		}
	}
}

func TestBrokenPackets(t *testing.T) {
	t.Parallel()
	const tail = ";0.8;5;NA;NA;NA;NA"
	cases := []struct{ name, line, answer string }{
		{"structure", "#SD#1;2", "#ASD#-1"},
		{"time", "#SD#310226;063000;4215.0;S;07430.0;E;12;90;770;9", "#ASD#0"},
		{"half a time", "#SD#NA;063000;4215.0;S;07430.0;E;12;90;770;9", "#ASD#0"},
		{"place", "#SD#150126;063000;x;S;07430.0;E;12;90;770;9", "#ASD#10"},
		{"speed", "#SD#150126;063000;4215.0;S;07430.0;E;fast;90;770;9", "#ASD#11"},
		{"satellites", "#D#150126;063000;4215.0;S;07430.0;E;1;90;770;x" + tail, "#AD#12"},
		{"inputs", "#D#150126;063000;4215.0;S;07430.0;E;1;90;770;9;1;x;NA;NA;NA;NA", "#AD#13"},
		{"analogue inputs", "#D#150126;063000;4215.0;S;07430.0;E;1;90;770;9;1;1;NA;1,x;NA;NA", "#AD#14"},
		{"parameters", "#D#150126;063000;4215.0;S;07430.0;E;1;90;770;9;1;1;NA;NA;NA;a:9:1", "#AD#15"},
		{"sum of a short packet", "#SD#150126;063000;4215.0;S;07430.0;E;12;90;770;9;0000", "#ASD#13"},
		{"sum of a long packet", "#D#150126;063000;4215.0;S;07430.0;E;1;90;770;9" + tail + ";0000", "#AD#16"},
		{"sum of a black box", "#B#150126;063000;4215.0;S;07430.0;E;12;90;770;9|0000", "#AB#"},
		{"sum of a login", "#L#2.0;42;NA;0000", "#AL#10"},
		{"login without a name", "#L#;secret", "#AL#0"},
		{"unknown type", "#X#1", ""},
		{"no line of ours", "GET / HTTP/1.1", ""},
	}
	for _, c := range cases {
		got, err := new(wialon.Session).Decode([]byte(c.line + "\r\n"))
		answer := strings.TrimSuffix(string(got.Refused), "\r\n")
		if kvartal.KindOf(err) != kvartal.KindInvalid || answer != c.answer || len(got.Fixes) > 0 {
			t.Errorf("%s: Decode(%q) = %q, %v, want %q and an error of KindInvalid", c.name, c.line, answer, err, c.answer)
		}
	}
}

// After a login of version 2 a packet without its sum is no packet.
func TestSumsAreNotOptionalInVersion2(t *testing.T) {
	t.Parallel()
	if _, err := newSession().Decode([]byte("#SD#150126;063000;4215.0;S;07430.0;E;12;90;770;9\r\n")); err == nil {
		t.Error("Decode(packet without sum) = no error, want one")
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	session := new(wialon.Session)
	if _, err := session.Split(bytes.Repeat([]byte("x"), session.MaxFrame())); kvartal.KindOf(err) != kvartal.KindInvalid {
		t.Errorf("Split(endless line) = %v, want an error of KindInvalid", err)
	}
	bomb := pack(strings.Repeat("#P#\r\n", 1<<16))
	if n, err := session.Split(bomb); n != len(bomb) || err != nil {
		t.Fatalf("Split(packed) = %d, %v, want %d", n, err, len(bomb))
	}
	if _, err := session.Decode(bomb); kvartal.KindOf(err) != kvartal.KindInvalid {
		t.Errorf("Decode(what unpacks to 320 kB) = %v, want an error of KindInvalid", err)
	}
}

func BenchmarkDecode(b *testing.B) {
	fix := bus()
	frame := wialon.Encode(&fix)
	session := new(wialon.Session)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := session.Decode(frame); err != nil {
			b.Fatal(err)
		}
	}
}
