package layers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal/layers"
	"kvartal/view"
)

// fleet registers n ploughs, each of which told count fixes, seconds apart, up to
// now, among 30 days that have a partition.
func (c city) fleet(b *testing.B, n, count, seconds int) {
	b.Helper()
	_, err := c.db.Pool.Exec(b.Context(), fmt.Sprintf(`
		SET statement_timeout = 0;
		SELECT live.ensure_day((now() AT TIME ZONE 'UTC')::date - d) FROM generate_series(-1, 30) AS d;
		INSERT INTO kvartal.changeset (author, source) VALUES ('bench', 'test');
		ALTER TABLE layer.devices DISABLE TRIGGER USER; ALTER TABLE layer.device_inputs DISABLE TRIGGER USER;
		INSERT INTO layer.devices (device, name, class, profile, version, valid_from, changeset)
		  SELECT (860000000000000 + i)::text, 'КДМ ' || i, 'plough', 'kdm', 1, now(), 1 FROM generate_series(1, %[1]d) AS i;
		INSERT INTO layer.device_inputs (profile, reading, input, bit, version, valid_from, changeset)
		  VALUES ('kdm', 'blade', 'din', 0, 1, now(), 1), ('kdm', 'spreader', 'din', 1, 1, now(), 1), ('kdm', 'ignition', 'din', 2, 1, now(), 1);
		INSERT INTO live.fix (device, keyed, hash, at, mark, told, received, source, lon, lat, speed, course, flags, inputs)
		  SELECT (860000000000000 + i)::text, t, i, t, 0, t, t, 'egts', 74.4 + 0.4 * (i * 7919::bigint %% 10007) / 10007, 42.7 + 0.3 * (i * 104729::bigint %% 10009) / 10009, 30, 90, 0, '[{"name": "din", "value": 5}]'
		  FROM generate_series(1, %[1]d) AS i, LATERAL (SELECT now() - (s * %[3]d + i %% 10) * interval '1 second' AS t FROM generate_series(0, %[2]d - 1) AS s) AS m;
		INSERT INTO live.latest SELECT DISTINCT ON (device) *, true FROM live.fix ORDER BY device, at DESC;
		ANALYZE layer.devices; ANALYZE layer.device_inputs; ANALYZE live.fix; ANALYZE live.latest`, n, count, seconds))
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLiveItems measures what readers of live layers wait for.
func BenchmarkLiveItems(b *testing.B) {
	for _, size := range []struct{ objects, fixes int }{{2_000, 360}, {100_000, 1}} {
		c := livingCity(b)
		c.fleet(b, size.objects, size.fixes, 240)
		now := everyField(b, c, "ploughs")
		later := now
		later.Delay, later.Every = time.Minute, 30*time.Second
		noon := time.Now().Add(-12 * time.Hour)
		box := layers.Box{Bound: orb.Bound{Min: orb.Point{74.5, 42.8}, Max: orb.Point{74.54, 42.83}}}
		for _, q := range []struct {
			name string
			view view.View
			layers.Query
		}{
			{"a page of 100", view.Of("ploughs", now), layers.Query{Limit: 100}},
			{"all", view.Of("ploughs", now), layers.Query{Limit: layers.MaxItems}},
			{"a hundredth by bbox", view.Of("ploughs", now), layers.Query{Limit: layers.MaxItems, BBox: &box}},
			{"all as the public sees them", view.Of("ploughs", later), layers.Query{Limit: layers.MaxItems}},
			{"all 12 h ago", view.Of("ploughs", now), layers.Query{Limit: layers.MaxItems, During: &layers.Interval{Start: noon, End: noon}}},
		} {
			b.Run(fmt.Sprintf("%d/%s", size.objects, q.name), func(b *testing.B) {
				n := 0
				for b.Loop() {
					n = 0
					if _, err := c.Scan(b.Context(), q.view, q.Query, func(*layers.Record) error { n++; return nil }); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(n), "features")
			})
		}
		b.Run(fmt.Sprintf("%d/count", size.objects), func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Count(b.Context(), view.Of("ploughs", now), layers.Query{Limit: 1}, 1_000_000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
