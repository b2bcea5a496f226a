package ingest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kvartal/live"
	"kvartal/live/bus"
	"kvartal/live/ingest"
	"kvartal/live/trackers/egts"
	"kvartal/live/trackers/wialon"
)

// BenchmarkDurable measures fixes of 500 connections from their bytes to the
// answer, with the disk between: joined into batches as they are, and beside it
// what each message costs that is synced alone.
func BenchmarkDurable(b *testing.B) {
	for _, speaks := range []struct {
		name  string
		speak func(*testing.B, net.Conn, int, <-chan struct{}) []time.Duration
		fixes int // a message
	}{{"Wialon", speakWialon, 1}, {"EGTS", speakEGTS, 10}} {
		for _, joined := range []bool{true, false} {
			name := speaks.name + map[bool]string{true: "/joined", false: "/alone"}[joined]
			b.Run(name, func(b *testing.B) {
				opened, err := bus.Open(b.Context(), bus.Options{Dir: b.TempDir(), MaxBytes: 8 << 30, Log: slog.New(slog.DiscardHandler)})
				if err != nil {
					b.Fatal(err)
				}
				defer opened.Close()
				keep := func(ctx context.Context, fixes []live.Fix) error {
					if len(fixes) == 0 {
						return nil
					}
					return opened.Publish(ctx, fixes)
				}
				if joined {
					keep = runBatcher(b, opened.Publish).Keep
				}
				measureDurable(b, map[string]string{"Wialon": wialon.Source, "EGTS": egts.Source}[speaks.name], keep, speaks.speak, speaks.fixes)
			})
		}
	}
}

func measureDurable(b *testing.B, source string, keep func(context.Context, []live.Fix) error,
	speak func(*testing.B, net.Conn, int, <-chan struct{}) []time.Duration, fixes int,
) {
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	l := ingestListeners(ingest.Config{Keep: keep, MaxConnections: 1000})
	var serving sync.WaitGroup
	defer serving.Wait()
	defer cancel()
	for _, p := range ingest.Protocols() {
		if p.Name == source {
			serving.Go(func() { _ = l.Serve(ctx, p, listener) })
		}
	}
	const connections = 500
	work := make(chan struct{})
	var devices sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	for n := range connections {
		conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		devices.Go(func() {
			answered := speak(b, conn, n, work)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, answered...)
		})
	}
	for b.Loop() {
		work <- struct{}{}
	}
	close(work)
	devices.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(fixes*b.N)/b.Elapsed().Seconds(), "fixes/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
}

// speakWialon tells one fix a line, and returns how long each took to be answered.
func speakWialon(b *testing.B, conn net.Conn, n int, work <-chan struct{}) (took []time.Duration) {
	in := bufio.NewReader(conn)
	_, _ = conn.Write(wialon.EncodeLogin(live.DeviceID(fmt.Sprint(860000000000000+n)), "NA"))
	_, _ = in.ReadString('\n')
	for i := 0; ; i++ {
		if _, more := <-work; !more {
			return took
		}
		fix := fixAt(i)
		started := time.Now()
		_, _ = conn.Write(wialon.Encode(&fix))
		if text, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(text, "#AD#1") {
			b.Errorf("answer = %q, %v", text, err)
			return took
		}
		took = append(took, time.Since(started))
	}
}

// speakEGTS tells ten fixes a packet.
func speakEGTS(b *testing.B, conn net.Conn, n int, work <-chan struct{}) (took []time.Duration) {
	in := bufio.NewReader(conn)
	fixes := make([]live.Fix, 10)
	for i := 0; ; i++ {
		if _, more := <-work; !more {
			return took
		}
		for j := range fixes {
			fixes[j] = fixAt(10*i + j)
		}
		started := time.Now()
		_, _ = conn.Write(egts.Encode(uint16(i), uint32(n+1), fixes)) //nolint:gosec // wraps
		header := make([]byte, 11)
		if _, err := io.ReadFull(in, header); err != nil {
			b.Errorf("answer = %v", err)
			return took
		}
		if _, err := in.Discard(int(header[5]) + int(header[6])<<8 + 2); err != nil {
			b.Errorf("answer = %v", err)
			return took
		}
		took = append(took, time.Since(started))
	}
}
