package nmea_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
	"kvartal/live/trackers/nmea"
	"kvartal/live/trackers/trackerstest"
)

func truck() live.Fix {
	return live.Fix{
		Device: "truck-7", Source: "nmea", Time: time.Date(2026, 1, 15, 6, 30, 0, 0, time.UTC),
		Point: orb.Point{74.6057, 42.8746}, Speed: live.Some(18.52), Course: live.Some(271),
	}
}

func near() cmp.Option {
	return cmp.Options{
		cmpopts.EquateApprox(0, 1e-3),
		cmp.Transformer("axes", func(p orb.Point) [2]int64 { return [2]int64{int64(p[0] * 1e6), int64(p[1] * 1e6)} }),
	}
}

func suite() trackerstest.Suite {
	fix := truck()
	return trackerstest.Suite{
		New: func() trackers.Session { return new(nmea.Session) },
		Frames: [][]byte{
			[]byte("truck-7\r\n"),
			[]byte("$GPGGA,063000.000,4252.476,N,07436.342,E,1,11,0.8,771.0,M,,M,,\r\n"),
			nmea.Encode(&fix),
			[]byte("$GPGSV,1,1,00*79\r\n"),
		},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	trackerstest.Run(t, suite())
}

func FuzzSession(f *testing.F) { trackerstest.Fuzz(f, suite()) }

func TestFixesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := truck()
		want.Point = orb.Point{
			float64(rapid.IntRange(-18000, 17999).Draw(t, "lon"))/100 + 0.0000005,
			float64(rapid.IntRange(-9000, 8999).Draw(t, "lat"))/100 + 0.0000005,
		}
		want.Flags = rapid.SampledFrom([]live.Flags{0, live.NotValid}).Draw(t, "flags")
		message, err := new(nmea.Session).Decode(nmea.Encode(&want))
		if err != nil {
			t.Fatalf("Decode(%s) = %v", nmea.Encode(&want), err)
		}
		if diff := cmp.Diff([]live.Fix{want}, message.Fixes, near()); diff != "" {
			t.Fatalf("Decode(%s) differs (-sent +got):\n%s", nmea.Encode(&want), diff)
		}
	})
}

// The GGA of the same second completes the RMC; one of another second does not.
func TestAccuracyOfTheSameSecond(t *testing.T) {
	t.Parallel()
	for clock, want := range map[string]live.Number{"063000": live.Some(0.8), "062959": {}} {
		session := new(nmea.Session)
		for _, line := range []string{"7,$GPGGA," + clock + ",4252.476,N,07436.342,E,1,11,0.8,771.0,M,,M,,", "$GPRMC,063000,A,4252.476,N,07436.342,E,10,271,150126,,"} {
			message, err := session.Decode([]byte(line + "\r\n"))
			if err != nil {
				t.Fatalf("Decode(%q) = %v", line, err)
			}
			for _, fix := range message.Fixes {
				if fix.HDOP != want || fix.Device != "7" {
					t.Errorf("after GGA of %s: fix of %s with HDOP %v, want of 7 with %v", clock, fix.Device, fix.HDOP, want)
				}
			}
		}
	}
}

func TestBrokenSentences(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"sum":         "$GPRMC,063000,A,4252.476,N,07436.342,E,10,271,150126,,*00",
		"place":       "$GPRMC,063000,A,42x2.476,N,07436.342,E,10,271,150126,,",
		"time":        "$GPRMC,993000,A,4252.476,N,07436.342,E,10,271,150126,,",
		"speed":       "$GPRMC,063000,A,4252.476,N,07436.342,E,fast,271,150126,,",
		"device name": "no name!,$GPRMC,063000,A,4252.476,N,07436.342,E,10,271,150126,,",
	} {
		message, err := new(nmea.Session).Decode([]byte(line + "\r\n"))
		if err == nil || kvartal.KindOf(err) != kvartal.KindInvalid || len(message.Fixes) > 0 {
			t.Errorf("%s: Decode(%q) = %+v, %v, want an error of KindInvalid", name, line, message, err)
		}
	}
}

// A receiver without satellites sends an RMC of commas.
func TestNoSatellites(t *testing.T) {
	t.Parallel()
	message, err := new(nmea.Session).Decode([]byte("7,$GPRMC,,V,,,,,,,,,,N\r\n"))
	want := []live.Fix{{Device: "7", Source: "nmea", Flags: live.NoPosition | live.NotValid}}
	if diff := cmp.Diff(want, message.Fixes); err != nil || diff != "" {
		t.Errorf("Decode(empty RMC) = %v; differs (-want +got):\n%s", err, diff)
	}
}
