package bus_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
	"kvartal/live/bus"
)

func open(t *testing.T, dir string) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: dir, MaxBytes: 16 << 20, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("Open = %v", err)
	}
	return b
}

func fixAt(second int) live.Fix {
	at := time.Date(2026, 1, 15, 12, 0, second, 0, time.UTC)
	return live.Fix{
		Device: "860000000000001", Source: "egts", Time: at, Received: at.Add(time.Second),
		Point: orb.Point{74.6, 42.87}, Speed: live.Some(31.5), Flags: live.Late,
		Inputs: []live.Input{{Name: "din", Value: 5}, {Name: "driver", Text: "A-17"}},
	}
}

// take consumes until n fixes have come, and fails the test after a minute.
func take(t *testing.T, b *bus.Bus, name string, n int) []live.Fix {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []live.Fix
	err := b.Consume(ctx, name, func(_ context.Context, batches []bus.Batch) error {
		for _, batch := range batches {
			got = append(got, batch.Fixes...)
		}
		if len(got) >= n {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Consume = %v after %d of %d fixes", err, len(got), n)
	}
	return got
}

func TestWhatIsPublishedOutlivesTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := []live.Fix{fixAt(1), fixAt(2), {Device: "7", Source: "nmea", Received: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC), Flags: live.NoPosition}}
	b := open(t, dir)
	for _, batch := range [][]live.Fix{want[:2], want[2:]} {
		if err := b.Publish(t.Context(), batch); err != nil {
			t.Fatalf("Publish = %v", err)
		}
	}
	b.Close()
	b = open(t, dir)
	defer b.Close()
	if diff := cmp.Diff(want, take(t, b, "recorder", len(want))); diff != "" {
		t.Errorf("fixes after a restart (-want +got):\n%s", diff)
	}
}

func TestFollowBeginsBehindASequence(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	defer b.Close()
	for second := range 5 {
		if err := b.Publish(t.Context(), []live.Fix{fixAt(second)}); err != nil {
			t.Fatal(err)
		}
	}
	var got []uint64
	errEnough := errors.New("enough")
	err := b.Follow(t.Context(), 3, func(_ context.Context, batch bus.Batch) error {
		if got = append(got, batch.Sequence); len(got) == 2 {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) || !cmp.Equal(got, []uint64{4, 5}) {
		t.Errorf("Follow(3) gave batches %v and ended with %v, want 4 and 5", got, err)
	}
}

func TestWhatCannotBeHandledComesAgain(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	defer b.Close()
	if err := b.Publish(t.Context(), []live.Fix{fixAt(1)}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tries := 0
	_ = b.Consume(ctx, "recorder", func(context.Context, []bus.Batch) error {
		if tries++; tries == 2 {
			cancel()
			return nil
		}
		return errors.New("the database is away")
	})
	if tries != 2 {
		t.Errorf("a batch that failed once was given %d times, want 2", tries)
	}
}

func TestForgetDropsWhatIsRecorded(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	defer b.Close()
	for second := range 5 {
		if err := b.Publish(t.Context(), []live.Fix{fixAt(second)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Forget(t.Context(), 4); err != nil {
		t.Fatalf("Forget(4) = %v", err)
	}
	if size, err := b.Size(t.Context()); err != nil || size.Messages != 1 || size.Last != 5 {
		t.Errorf("Size after Forget(4) = %+v, %v, want the one batch 5", size, err)
	}
}

func TestAFullBusRefuses(t *testing.T) {
	t.Parallel()
	b, err := bus.Open(t.Context(), bus.Options{Dir: t.TempDir(), MaxBytes: 64 << 10, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	batch := make([]live.Fix, bus.MaxBatch)
	for i := range batch {
		batch[i] = fixAt(i)
	}
	for range 10 {
		if err = b.Publish(t.Context(), batch); err != nil {
			break
		}
	}
	if kvartal.KindOf(err) != kvartal.KindUnavailable {
		t.Errorf("Publish into a full bus = %v, want KindUnavailable: nothing that was taken may be dropped for it", err)
	}
}

func TestPublishRefusesTooMuch(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	defer b.Close()
	if err := b.Publish(t.Context(), make([]live.Fix, bus.MaxBatch+1)); kvartal.KindOf(err) != kvartal.KindTooLarge {
		t.Errorf("Publish of %d fixes = %v, want KindTooLarge", bus.MaxBatch+1, err)
	}
}

func TestAFolderIsOfOneServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	_, err := bus.Open(t.Context(), bus.Options{Dir: dir, MaxBytes: 16 << 20, Log: slog.New(slog.DiscardHandler)})
	if kvartal.KindOf(err) != kvartal.KindConflict {
		t.Errorf("Open of a folder in use = %v, want KindConflict", err)
	}
	b.Close()
	open(t, dir).Close()
}

func BenchmarkPublish(b *testing.B) {
	opened, err := bus.Open(b.Context(), bus.Options{Dir: b.TempDir(), MaxBytes: 4 << 30, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer opened.Close()
	for _, size := range []int{1, 100, 500} {
		batch := make([]live.Fix, size)
		for i := range batch {
			batch[i] = fixAt(i)
		}
		b.Run(map[int]string{1: "single", 100: "hundred", 500: "full"}[size], func(b *testing.B) {
			for b.Loop() {
				if err := opened.Publish(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "fixes/s")
		})
	}
}
