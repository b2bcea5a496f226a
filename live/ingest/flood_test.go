package ingest_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"kvartal/live/ingest"
	"kvartal/live/trackers/nmea"
	"kvartal/live/trackers/wialon"
)

// lines counts what is logged.
type lines struct {
	mu    sync.Mutex
	count int
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

func (l *lines) logged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// flooded serves all protocols within few connections, counts and logs.
type flooded struct {
	kept     *kept
	intake   *ingest.Intake
	log      *lines
	registry *prometheus.Registry
	address  map[string]string
	udp      string // of Wialon IPS
}

func openFlooded(t *testing.T) *flooded {
	t.Helper()
	f := &flooded{kept: &kept{}, log: &lines{}, registry: prometheus.NewRegistry(), address: map[string]string{}}
	metrics := ingest.NewMetrics(f.registry)
	f.intake = ingest.NewIntake(f.kept.keep, metrics, f.logger())
	l := ingest.NewListeners(ingest.Config{
		Guard: passwords{"860000000000001": "secret"}, Keep: f.intake.Keep, MaxConnections: 64,
		Metrics: metrics, Log: f.logger(),
	})
	open := func(name string, run func(context.Context, net.Listener) error) {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f.address[name] = listener.Addr().String()
		serve(t, func(ctx context.Context) error { return run(ctx, listener) })
	}
	for _, p := range ingest.Protocols() {
		open(p.Name, func(ctx context.Context, listener net.Listener) error { return l.Serve(ctx, p, listener) })
	}
	open(ingest.MQTT, func(ctx context.Context, listener net.Listener) error {
		return l.ServeMQTT(ctx, listener, ingest.NewForms(nil))
	})
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.udp = conn.LocalAddr().String()
	serve(t, func(ctx context.Context) error { return l.ServePackets(ctx, protocol(t, wialon.Source), conn) })
	return f
}

func (f *flooded) logger() *slog.Logger { return slog.New(slog.NewTextHandler(f.log, nil)) }

// refusals is how often something was refused, of all protocols.
func (f *flooded) refusals(t *testing.T) float64 {
	t.Helper()
	return f.count(t, "kvartal_live_refused_total", nil)
}

// count is the sum of a counter where it has labels.
func (f *flooded) count(t *testing.T, counter string, labels map[string]string) (n float64) {
	t.Helper()
	families, err := f.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			has := 0
			for _, l := range m.GetLabel() {
				if labels[l.GetName()] == l.GetValue() {
					has++
				}
			}
			if family.GetName() == counter && has == len(labels) {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}

// waitFor waits until something is so.
func (f *flooded) waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("there is not %s", what)
		}
	}
}

// flood sends garbage over so many connections, a few at a time.
func flood(t *testing.T, network, address string, connections int) {
	t.Helper()
	dice := rand.New(rand.NewPCG(1, uint64(len(address)))) //nolint:gosec // the same garbage again
	garbage := make([]byte, 8<<10)
	for i := range garbage {
		garbage[i] = byte(dice.Uint32())
	}
	if network == "udp" {
		garbage = garbage[:1000]
	}
	for i := range connections {
		conn, err := net.DialTimeout(network, address, 10*time.Second)
		if err != nil {
			t.Errorf("dial %s = %v", address, err)
			return
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = conn.Write(garbage[i%100:])
		if network == "tcp" {
			_, _ = io.Copy(io.Discard, conn) // until we are cut off
		}
		_ = conn.Close()
	}
}

// Garbage on every port is refused and counted, told of a few times, and does
// not keep a device waiting.
func TestFloodsOfGarbage(t *testing.T) {
	t.Parallel()
	f := openFlooded(t)
	conn := dial(t, "tcp", f.address[wialon.Source])
	answers := bufio.NewReader(conn)
	say(t, conn, wialon.EncodeLogin("7", "NA"))
	if got := line(t, answers); got != "#AL#1" {
		t.Fatalf("a login was answered %q", got)
	}
	const each = 60
	var floods sync.WaitGroup
	for _, address := range f.address {
		for range 3 {
			floods.Go(func() { flood(t, "tcp", address, each) })
		}
	}
	floods.Go(func() { flood(t, "udp", f.udp, 500) })
	for i := range 50 {
		fix := fixAt(i)
		say(t, conn, wialon.Encode(&fix))
		if got := line(t, answers); got != "#AD#1" {
			t.Fatalf("under a flood fix %d was answered %q, want #AD#1", i, got)
		}
	}
	floods.Wait()
	if n := len(f.kept.all()); n != 50 {
		t.Errorf("%d fixes are kept, want the 50 of the device", n)
	}
	if n := f.refusals(t); n < 3*4*each/2 {
		t.Errorf("%v refusals are counted of %d connections of garbage", n, 3*4*each)
	}
	if n := f.log.logged(); n > 10 {
		t.Errorf("floods made %d lines in the log, want a few", n)
	}
}

// A device with another's id is refused and counted, again and again.
func TestFloodsInTheNameOfAnother(t *testing.T) {
	t.Parallel()
	f := openFlooded(t)
	const tries = 100
	fix := fixAt(1)
	for i := range tries {
		conn := dial(t, "tcp", f.address[nmea.Source])
		if i%2 == 0 {
			say(t, conn, nmea.Encode(&fix))
		} else {
			conn = dial(t, "tcp", f.address[wialon.Source])
			say(t, conn, wialon.EncodeLogin(fix.Device, "guess"))
		}
		if _, err := io.ReadAll(conn); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("read = %v, want the end of the connection", err)
		}
		_ = conn.Close()
	}
	want := `# HELP kvartal_live_refused_total What was not taken, by the way it came and why.
# TYPE kvartal_live_refused_total counter
kvartal_live_refused_total{reason="device not admitted",source="nmea"} 50
kvartal_live_refused_total{reason="device not admitted",source="wialon"} 50
`
	if err := testutil.GatherAndCompare(f.registry, strings.NewReader(want), "kvartal_live_refused_total"); err != nil {
		t.Error(err)
	}
	if kept, logged := len(f.kept.all()), f.log.logged(); kept > 0 || logged > 10 {
		t.Errorf("%d fixes are kept and %d lines logged, want none and a few", kept, logged)
	}
}
