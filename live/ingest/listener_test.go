package ingest_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
	"kvartal/live/ingest"
	"kvartal/live/trackers"
	"kvartal/live/trackers/egts"
	"kvartal/live/trackers/nmea"
	"kvartal/live/trackers/wialon"
)

// passwords is a guard: devices named in it need theirs, others need none.
type passwords map[live.DeviceID]string

func (p passwords) Admit(_ context.Context, login trackers.Login) error {
	if want, known := p[login.Device]; known && want != login.Password {
		return kvartal.Errorf(kvartal.KindForbidden, "device %q gave a wrong password", login.Device)
	}
	return nil
}

// kept collects what was made durable.
type kept struct {
	mu    sync.Mutex
	fixes []live.Fix
	err   error
	gate  chan struct{} // closed when keeping may go on; nil: at once
	tried chan struct{} // told of each attempt; nil: nobody
}

func (k *kept) keep(ctx context.Context, fixes []live.Fix) error {
	if k.gate != nil && len(fixes) > 0 {
		select {
		case <-k.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if k.tried != nil {
		k.tried <- struct{}{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil && len(fixes) > 0 {
		return k.err
	}
	k.fixes = append(k.fixes, fixes...)
	return nil
}

func (k *kept) all() []live.Fix {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fixes
}

func protocol(t *testing.T, name string) ingest.Protocol {
	t.Helper()
	for _, p := range ingest.Protocols() {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("there is no protocol %s", name)
	return ingest.Protocol{}
}

// listen serves a protocol over TCP and returns its address.
func listen(t *testing.T, name string, c ingest.Config) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, func(ctx context.Context) error { return ingestListeners(c).Serve(ctx, protocol(t, name), listener) })
	return listener.Addr().String()
}

func ingestListeners(c ingest.Config) *ingest.Listeners {
	c.Log = slog.New(slog.DiscardHandler)
	if c.Guard == nil {
		c.Guard = passwords{}
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = 16
	}
	return ingest.NewListeners(c)
}

func serve(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
}

func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func say(t *testing.T, conn io.Writer, data []byte) {
	t.Helper()
	if _, err := conn.Write(data); err != nil {
		t.Fatalf("write = %v", err)
	}
}

func line(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	text, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("read = %q, %v", text, err)
	}
	return strings.TrimSpace(text)
}

func fixAt(second int) live.Fix {
	return live.Fix{Device: "860000000000001", Time: time.Date(2026, 1, 15, 12, 0, second, 0, time.UTC), Point: orb.Point{74.6, 42.87}, Speed: live.Some(30)}
}

func TestADeviceIsAnsweredWhenItsFixIsDurable(t *testing.T) {
	t.Parallel()
	k := &kept{gate: make(chan struct{})}
	conn := dial(t, "tcp", listen(t, wialon.Source, ingest.Config{Keep: k.keep}))
	r := bufio.NewReader(conn)
	say(t, conn, wialon.EncodeLogin("860000000000001", "NA"))
	if got := line(t, r); got != "#AL#1" {
		t.Fatalf("a login was answered %q, want #AL#1", got)
	}
	fix := fixAt(1)
	say(t, conn, wialon.Encode(&fix))
	if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if early, err := r.Peek(1); err == nil {
		t.Fatalf("the device was answered %q before its fix was durable", early)
	}
	close(k.gate)
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := line(t, r); got != "#AD#1" {
		t.Errorf("a fix was answered %q, want #AD#1", got)
	}
	all := k.all()
	if len(all) != 1 || all[0].Device != "860000000000001" || all[0].Received.IsZero() {
		t.Errorf("kept %+v, want the one fix with its time of receipt", all)
	}
}

func TestADeviceIsNotAnsweredWhenItsFixIsNotDurable(t *testing.T) {
	t.Parallel()
	k := &kept{err: errors.New("disk full")}
	conn := dial(t, "tcp", listen(t, wialon.Source, ingest.Config{Keep: k.keep}))
	fix := fixAt(1)
	say(t, conn, append(wialon.EncodeLogin("860000000000001", "NA"), wialon.Encode(&fix)...))
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != "#AL#1\r\n" {
		t.Errorf("answers = %q, %v, want that of the login alone and the end", got, err)
	}
}

func TestAWrongPasswordIsRefused(t *testing.T) {
	t.Parallel()
	k := &kept{}
	conn := dial(t, "tcp", listen(t, wialon.Source, ingest.Config{Keep: k.keep, Guard: passwords{"860000000000001": "secret"}}))
	fix := fixAt(1)
	say(t, conn, append(wialon.EncodeLogin("860000000000001", "guess"), wialon.Encode(&fix)...))
	got, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(got, []byte("#AL#0")) || len(k.all()) > 0 {
		t.Errorf("a wrong password was answered %q, %v, and %d fixes kept; want a refusal and none", got, err, len(k.all()))
	}
}

func TestNobodySpeaksForAnotherDevice(t *testing.T) {
	t.Parallel()
	k := &kept{}
	conn := dial(t, "tcp", listen(t, nmea.Source, ingest.Config{Keep: k.keep, Guard: passwords{"860000000000001": "secret"}}))
	mine, other := fixAt(1), fixAt(2)
	mine.Device = "7"
	say(t, conn, append(nmea.Encode(&mine), nmea.Encode(&other)...))
	if _, err := io.ReadAll(conn); err != nil {
		t.Fatal(err)
	}
	for _, fix := range k.all() {
		if fix.Device != "7" {
			t.Errorf("a fix of device %q was kept: its password was never given", fix.Device)
		}
	}
}

func TestEGTSByteByByte(t *testing.T) {
	t.Parallel()
	k := &kept{}
	conn := dial(t, "tcp", listen(t, egts.Source, ingest.Config{Keep: k.keep}))
	packet := egts.Encode(9, 4711, []live.Fix{fixAt(1), fixAt(2)})
	for i := range packet {
		say(t, conn, packet[i:i+1])
	}
	var session egts.Session
	answer := make([]byte, 0, 64)
	for {
		n, err := session.Split(answer)
		if err != nil {
			t.Fatalf("the answer is no EGTS packet: %v", err)
		}
		if n > 0 {
			break
		}
		one := make([]byte, 1)
		if _, err := io.ReadFull(conn, one); err != nil {
			t.Fatalf("answer = % x, %v", answer, err)
		}
		answer = append(answer, one...)
	}
	if all := k.all(); len(all) != 2 || all[0].Device != "4711" || all[1].Source != egts.Source {
		t.Errorf("kept %+v, want two fixes of device 4711", all)
	}
}

func TestDatagrams(t *testing.T) {
	t.Parallel()
	k := &kept{}
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, func(ctx context.Context) error {
		return ingestListeners(ingest.Config{Keep: k.keep}).ServePackets(ctx, protocol(t, wialon.Source), conn)
	})
	client := dial(t, "udp", conn.LocalAddr().String())
	// Of version 1, without a sum: the name before the first #, no end of line.
	say(t, client, []byte("860000000000001#SD#150126;120001;4252.2000;N;07436.0000;E;30;90;800;9"))
	answer := make([]byte, 64)
	n, err := client.Read(answer)
	if err != nil || string(answer[:n]) != "#ASD#1\r\n" {
		t.Errorf("a datagram was answered %q, %v, want #ASD#1", answer[:n], err)
	}
	if all := k.all(); len(all) != 1 || all[0].Device != "860000000000001" {
		t.Errorf("kept %+v, want one fix of the device", all)
	}
}

func TestStrangersAreCutOff(t *testing.T) {
	t.Parallel()
	for name, babble := range map[string]string{
		egts.Source:   "GET / HTTP/1.1\r\nHost: map.example.org\r\n\r\n",
		wialon.Source: strings.Repeat("GET / HTTP/1.1\r\n", 20),
		nmea.Source:   strings.Repeat("x", 4096),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &kept{}
			conn := dial(t, "tcp", listen(t, name, ingest.Config{Keep: k.keep}))
			say(t, conn, []byte(babble))
			if _, err := io.ReadAll(conn); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("read = %v, want the end of the connection", err)
			}
			if len(k.all()) > 0 {
				t.Errorf("kept %v of %q", k.all(), babble)
			}
		})
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	k := &kept{}
	address := listen(t, wialon.Source, ingest.Config{Keep: k.keep, MaxConnections: 1})
	first := dial(t, "tcp", address)
	say(t, first, wialon.EncodeLogin("1", "NA"))
	if got := line(t, bufio.NewReader(first)); got != "#AL#1" {
		t.Fatalf("the first device was answered %q", got)
	}
	if got, err := io.ReadAll(dial(t, "tcp", address)); err != nil && !strings.Contains(err.Error(), "reset") || len(got) > 0 {
		t.Errorf("a connection too many was answered %q, %v, want its end", got, err)
	}
}
