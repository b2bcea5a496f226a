package recorder_test

import (
	"fmt"
	"testing"
	"time"

	"kvartal/live"
	"kvartal/live/recorded"
	"kvartal/postgres/pgtest"
)

// BenchmarkFleet reads what a playback shows: where 120 devices were that told a
// fix every ten seconds of a day, 1,000 places of each; as the day is recorded, and
// packed.
func BenchmarkFleet(b *testing.B) {
	const devices, day = 120, 24 * time.Hour
	db := pgtest.New(b)
	from := noon.Truncate(day)
	if _, err := db.Pool.Exec(b.Context(), fmt.Sprintf(`SET statement_timeout = 0; SELECT live.ensure_day('2026-01-15');
		INSERT INTO live.fix (device, keyed, hash, at, mark, told, received, source, lon, lat, speed, course, flags, inputs)
		SELECT i::text, t, i, t, 0, t, t, 'egts', 74.4 + 0.2 * sin(s / 500.0), 42.7 + 0.2 * cos(s / 500.0), 30, s %% 360, 0,
			jsonb_build_array(jsonb_build_object('name', 'din', 'value', s / 90 %% 8), jsonb_build_object('name', 'adc1', 'value', 800 + s %% 25))
		FROM generate_series(0, 8639) AS s, generate_series(1, %d) AS i,
		LATERAL (SELECT timestamptz '2026-01-15T00:00:00Z' + s * interval '10 seconds' AS t) AS m; ANALYZE live.fix`, devices)); err != nil {
		b.Fatal(err)
	}
	var names []live.DeviceID
	for i := range devices {
		names = append(names, live.DeviceID(fmt.Sprint(i+1)))
	}
	read := func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			places := 0
			err := recorded.Fleet(b.Context(), db.Pool, names, from, from.Add(day), day/1000, func(recorded.Place) error {
				places++
				return nil
			})
			if err != nil || places != devices*1000 {
				b.Fatalf("Fleet = %d places, %v, want %d", places, err, devices*1000)
			}
		}
	}
	b.Run("plain", read)
	if _, err := db.Pool.Exec(b.Context(), "SELECT live.pack(d, '2026-01-15') FROM unnest($1::text[]) AS d", names); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Pool.Exec(b.Context(), "TRUNCATE live.fix"); err != nil {
		b.Fatal(err)
	}
	b.Run("packed", read)
}
