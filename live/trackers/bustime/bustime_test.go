package bustime_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers/bustime"
)

func fleet() []live.Fix {
	at := time.Date(2026, 1, 15, 6, 30, 0, 0, time.UTC)
	return []live.Fix{
		{Device: "7", Source: "bustime", Time: at, Point: orb.Point{74.6, 42.87}},
		{
			Device: "8", Source: "bustime", Time: at, Point: orb.Point{74.61, 42.88}, Speed: live.Some(31.5),
			Inputs: []live.Input{{Name: "plate", Text: "01 KG, 123"}, {Name: "route", Text: "12"}, {Name: "wheelchair", Value: 1}},
		},
	}
}

const file = "7,1768458600,74.6,42.87,,,,\n8,1768458600,74.61,42.88,\"01 KG, 123\",12,31.5,1\n"

func TestDecode(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"eight fields": file,
		"names":        "id,time,lon,lat,plate,route,speed,wheelchair\n" + file,
		"four fields":  strings.Replace(file, "42.87,,,,", "42.87", 1),
	} {
		got, err := bustime.Decode([]byte(text))
		if diff := cmp.Diff(fleet(), got); err != nil || diff != "" {
			t.Errorf("%s: Decode(%q) = %v; differs (-want +got):\n%s", name, text, err, diff)
		}
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	fixes := append(fleet(), live.Fix{Device: "lost", Flags: live.NoPosition})
	var out bytes.Buffer
	if err := bustime.Encode(&out, fixes); err != nil || out.String() != file {
		t.Errorf("Encode = %v, %q, want %q", err, out.String(), file)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"too few":       "7,1768458600,74.6\n",
		"time":          "7,noon,74.6,42.87\n",
		"longitude":     "7,1768458600,east,42.87\n",
		"unclosed mark": "7,1768458600,74.6,42.87,\"a\n",
	} {
		if got, err := bustime.Decode([]byte(text)); kvartal.KindOf(err) != kvartal.KindInvalid || err == nil {
			t.Errorf("%s: Decode(%q) = %v, %v, want an error of KindInvalid", name, text, got, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(file))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := bustime.Decode(data); err != nil && kvartal.KindOf(err) == kvartal.KindInternal {
			t.Fatalf("Decode(%q) = %v, want a Kind", data, err)
		}
	})
}
