package index_test

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"kvartal/layers"
	"kvartal/live/index"
	"kvartal/postgres/pgtest"
)

// BenchmarkLoad measures a restart: how long it takes until the live objects of a
// city, ploughs, buses and sensors, are back from the database, and what they take.
func BenchmarkLoad(b *testing.B) {
	const objects = 100_000
	registry, err := layers.Load(layers.Builtin())
	if err != nil {
		b.Fatal(err)
	}
	db := pgtest.New(b)
	store, err := layers.Open(b.Context(), db.Pool, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := store.Sync(b.Context(), false); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Pool.Exec(b.Context(), fmt.Sprintf(`
		SET statement_timeout = 0;
		ALTER TABLE layer.devices DISABLE TRIGGER USER;
		INSERT INTO kvartal.changeset (author, source) VALUES ('bench', 'test');
		INSERT INTO layer.devices (device, name, class, profile, unit, contractor, plate, version, valid_from, changeset)
		  SELECT (860000000000000 + i)::text, 'КДМ ' || i, (ARRAY['plough', 'bus', 'sensor'])[1 + i %% 3], 'kdm', 'ДЭУ ' || i %% 20, 'Подрядчик ' || i %% 50,
		    '01 ' || i || ' AAA', 1, now(), 1 FROM generate_series(1, %d) AS i;
		INSERT INTO layer.device_inputs (profile, reading, input, bit) VALUES ('kdm', 'blade', 'din', 0), ('kdm', 'spreader', 'din', 1);
		INSERT INTO live.latest (device, keyed, hash, at, mark, told, received, source, lon, lat, altitude, speed, course, satellites, odometer, flags, inputs, placed)
		  SELECT device, t, id * 7919, t, 0, t, t, 'egts', 74.4 + 0.4 * random(), 42.7 + 0.3 * random(), 760, 30 * random(), 360 * random(), 11, 12000 * random(), 0,
		    '[{"name": "din", "value": 5}, {"name": "adc1", "value": 812}, {"name": "adc2", "value": 3.3}]', true
		  FROM layer.devices, LATERAL (SELECT now() - random() * interval '1 hour' AS t) AS m;
		ANALYZE layer.devices; ANALYZE live.latest`, objects)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		heap, resident, spent := memory(b)
		b.StartTimer()
		x, err := index.New(registry)
		if err != nil {
			b.Fatal(err)
		}
		if _, err = x.Load(b.Context(), index.Config{Pool: db.Pool, Store: store}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		_, _, used := memory(b)
		b.ReportMetric(used-spent, "CPU-s/op")
		runtime.GC()
		after, now, _ := memory(b)
		b.ReportMetric((after-heap)/objects, "B/object")
		b.ReportMetric((now-resident)/1e6, "MB-RSS")
		runtime.KeepAlive(x)
		b.StartTimer()
	}
}

// memory returns the live heap and the resident memory of this process, in bytes,
// and the seconds of processor time it has used.
func memory(b *testing.B) (heap, resident, spent float64) {
	b.Helper()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip("there is no /proc here: ", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	if err != nil {
		b.Fatal(err)
	}
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(m.HeapAlloc), float64(pages * os.Getpagesize()), float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
