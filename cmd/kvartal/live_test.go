package main

import (
	"bufio"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal/live"
	"kvartal/live/trackers/wialon"
)

// TestWhatATrackerTellsIsRecorded goes from a tracker's first byte to the row,
// with the server ended between the answer and the next start.
func TestWhatATrackerTellsIsRecorded(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	_, password, _ := strings.Cut(passwordOf(t, dir), " is ")
	server := serve(t, dir, "--wialon-listen", "127.0.0.1:0")
	conn := dialTracker(t, server.stderr.await(t, `listening to trackers.*address=(\S+)`))
	answers := bufio.NewReader(conn)
	fix := live.Fix{Device: "860000000000001", Time: time.Now().UTC().Truncate(time.Second), Point: orb.Point{74.6, 42.87}, Speed: live.Some(30)}
	for _, say := range []struct {
		line []byte
		want string
	}{
		{wialon.EncodeLogin(fix.Device, password), "#AL#1"},
		{wialon.Encode(&fix), "#AD#1"},
	} {
		if _, err := conn.Write(say.line); err != nil {
			t.Fatal(err)
		}
		if got, err := answers.ReadString('\n'); err != nil || strings.TrimSpace(got) != say.want {
			t.Fatalf("%q was answered %q, %v, want %s", say.line, got, err, say.want)
		}
	}
	server.end(t)

	serve(t, dir, "--wialon-listen", "127.0.0.1:0")
	db, err := openDatabase(t.Context(), &globals{DataDir: dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var at time.Time
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = db.owner.QueryRow(t.Context(), "SELECT at FROM live.latest WHERE device = '860000000000001'").Scan(&at); err == nil {
			break
		}
	}
	if err != nil || !at.Equal(fix.Time) {
		t.Errorf("after a restart the newest fix is of %v, %v, want %v, which the tracker was told is kept", at, err, fix.Time)
	}
}

// passwordOf gives the device a password and returns what was printed.
func passwordOf(t *testing.T, dir string) string {
	t.Helper()
	code, out, errs := command(t, "device", "password", "860000000000001", "--data-dir", dir)
	if code != 0 {
		t.Fatalf("kvartal device password = %d, %s", code, errs)
	}
	return strings.TrimSpace(out)
}

func dialTracker(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestDaysAreNotNegative(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--fix-days=-1", "--pack-days=-1"} {
		if code, _, errs := command(t, "serve", "--data-dir", dataDir(t), flag); code == 0 || !strings.Contains(errs, "want numbers of days") {
			t.Errorf("serve %s = %d %q, want a refusal that says what to set", flag, code, errs)
		}
	}
}

func TestABusElsewhereHasToSync(t *testing.T) {
	t.Parallel()
	code, _, errs := command(t, "serve", "--data-dir", dataDir(t), "--listen", "127.0.0.1:0", "--bus-url", "nats://127.0.0.1:1")
	if code != 1 || !strings.Contains(errs, "sync_interval: always") {
		t.Errorf("serve with a bus elsewhere = %d, %q, want a failure that names sync_interval", code, errs)
	}
}
