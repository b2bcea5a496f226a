package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers/egts"
)

// BenchmarkFixToSubscriber goes from the bytes of trackers to the event that a
// dispatcher is sent, through listener, disk, bus, index and stream, with the
// recorder writing to the database beside: 1,000 vehicles tell ten fixes a packet,
// 1,000 packets a second, which is a thing of the server's own time and of the
// 100 ms between two events. A fix that is not the newest by the time of an event
// is not told of.
func BenchmarkFixToSubscriber(b *testing.B) {
	const vehicles, connections, perPacket, every = 1000, 100, 10, time.Millisecond
	dir := dataDir(b)
	server := serve(b, dir, "--egts-listen", "127.0.0.1:0")
	db, err := openDatabase(b.Context(), &globals{DataDir: dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.owner.Exec(b.Context(), fmt.Sprintf(`INSERT INTO layer.devices (id, device, name, class)
		SELECT i, i::text, 'КДМ ' || i, 'plough' FROM generate_series(1, %d) AS i`, vehicles)); err != nil {
		b.Fatal(err)
	}
	for !strings.Contains(server.get(b, "/live.json"), fmt.Sprintf(`"count":%d`, vehicles)) {
		time.Sleep(50 * time.Millisecond) // the register is followed
	}
	key := dispatcherKey(b, dir)
	var sent sent
	told := sent.follow(b, server.url+"/live/ploughs/events", key)

	address := server.stderr.await(b, `listening to trackers.*protocol=egts address=(\S+)`)
	lines := make([]*egtsLine, connections)
	for i := range lines {
		lines[i] = dialEGTS(b, address)
	}
	start := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	n, began := 0, time.Now()
	for b.Loop() {
		time.Sleep(time.Duration(n)*every - time.Since(began))
		vehicle, round := n%vehicles+1, n/vehicles
		fixes := make([]live.Fix, perPacket)
		for i := range fixes {
			at := start.Add(time.Duration(round*perPacket+i) * time.Second)
			fixes[i] = live.Fix{Time: at, Point: orb.Point{74.5 + 0.0001*float64(vehicle), 42.8 + 0.00001*float64(round)}, Speed: live.Some(30)}
		}
		sent.note(kvartal.FeatureID(vehicle), fixes[perPacket-1].Time)
		lines[n%connections].send(uint32(vehicle), fixes)
		n++
	}
	elapsed := b.Elapsed()
	for _, line := range lines {
		line.await(b)
	}
	delays := told()
	b.ReportMetric(float64(n*perPacket)/elapsed.Seconds(), "fixes/s")
	if len(delays) > 0 {
		b.ReportMetric(float64(delays[len(delays)/2].Milliseconds()), "p50-ms")
		b.ReportMetric(float64(delays[len(delays)*99/100].Milliseconds()), "p99-ms")
		b.ReportMetric(float64(len(delays)), "told")
	}
}

// dispatcherKey makes a key for who sees ploughs as they are.
func dispatcherKey(b *testing.B, dir string) string {
	b.Helper()
	for _, args := range [][]string{
		{"role", "add", "watcher"},
		{"grant", "give", "watcher", "ploughs", "see", "query", "--attributes=*"},
	} {
		if code, _, errs := command(b, append(args, "--data-dir", dir)...); code != 0 {
			b.Fatalf("kvartal %v = %d %s", args, code, errs)
		}
	}
	code, key, errs := command(b, "key", "add", "--role=watcher", "watcher", "--data-dir", dir)
	if code != 0 {
		b.Fatalf("kvartal key add = %d %s", code, errs)
	}
	return strings.Fields(key)[0]
}

// sent keeps when what was sent.
type sent struct {
	mu    sync.Mutex
	times map[sentFix]time.Time
}

type sentFix struct {
	id kvartal.FeatureID
	at int64 // seconds
}

func (s *sent) note(id kvartal.FeatureID, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times == nil {
		s.times = map[sentFix]time.Time{}
	}
	s.times[sentFix{id, at.Unix()}] = time.Now()
}

func (s *sent) when(id kvartal.FeatureID, at time.Time) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.times[sentFix{id, at.Unix()}]
	return t, ok
}

// follow reads a stream of events, again when it ends, until told is called, which
// returns how long after being sent each fix came, the soonest first.
func (s *sent) follow(b *testing.B, url, key string) (told func() []time.Duration) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	var delays []time.Duration
	begun, ended := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			response, err := http.DefaultClient.Do(r)
			if err != nil || response.StatusCode != http.StatusOK {
				continue // or its rights are not known yet
			}
			select {
			case begun <- struct{}{}:
			default:
			}
			delays = append(delays, s.read(response.Body)...)
			_ = response.Body.Close()
		}
	}()
	<-begun
	return func() []time.Duration {
		stop()
		<-ended
		slices.Sort(delays)
		return delays
	}
}

// read reads one stream to its end.
func (s *sent) read(body io.Reader) (delays []time.Duration) {
	lines := bufio.NewReaderSize(body, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return delays
		}
		received := time.Now()
		data, ok := bytes.CutPrefix(line, []byte("data: "))
		if !ok {
			continue
		}
		var event struct {
			Features []struct {
				ID         kvartal.FeatureID
				Properties struct{ At time.Time }
			}
		}
		if err := json.Unmarshal(data, &event); err != nil {
			return delays
		}
		for _, f := range event.Features {
			if at, ok := s.when(f.ID, f.Properties.At); ok {
				delays = append(delays, received.Sub(at))
			}
		}
	}
}

// egtsLine is a tracker's connection that does not wait for answers.
type egtsLine struct {
	conn     net.Conn
	sent     int
	answered chan int
}

func dialEGTS(b *testing.B, address string) *egtsLine {
	b.Helper()
	conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	line := &egtsLine{conn: conn, answered: make(chan int, 1<<16)}
	go func() {
		in := bufio.NewReader(conn)
		for n := 1; ; n++ {
			header := make([]byte, 11)
			if _, err := io.ReadFull(in, header); err != nil {
				return
			}
			if _, err := in.Discard(int(header[5]) + int(header[6])<<8 + 2); err != nil {
				return
			}
			line.answered <- n
		}
	}()
	return line
}

func (l *egtsLine) send(object uint32, fixes []live.Fix) {
	_, _ = l.conn.Write(egts.Encode(uint16(l.sent), object, fixes)) //nolint:gosec // wraps
	l.sent++
}

// await returns when all that was sent has been answered, which is when it is on disk.
func (l *egtsLine) await(b *testing.B) {
	b.Helper()
	for n := 0; n < l.sent; {
		select {
		case n = <-l.answered:
		case <-time.After(30 * time.Second):
			b.Fatalf("%d of %d packets are answered", n, l.sent)
		}
	}
}
