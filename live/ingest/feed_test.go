package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
	"kvartal/live/ingest"
	"kvartal/live/trackers/bustime"
	"kvartal/live/trackers/gtfsrt"
)

// poller reads a feed into k.
func poller(k *kept, f ingest.Feed) *ingest.Poller {
	log := slog.New(slog.DiscardHandler)
	return ingest.NewPoller(f, ingest.NewIntake(k.keep, ingest.NewMetrics(nil), log), log)
}

func feedServer(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func poll(t *testing.T, p *ingest.Poller) {
	t.Helper()
	if err := p.Poll(t.Context()); err != nil {
		t.Fatalf("Poll = %v", err)
	}
}

func busAt(device string, second int) live.Fix {
	return live.Fix{
		Device: live.DeviceID(device), Source: bustime.Source, Time: time.Date(2026, 1, 15, 12, 0, second, 0, time.UTC),
		Point: orb.Point{74.6, 42.87}, Speed: live.Some(30), Inputs: []live.Input{{Name: "route", Text: "17"}},
	}
}

func csvOf(t testing.TB, fixes []live.Fix) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := bustime.Encode(&out, fixes); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAFeedIsReadForWhatIsNew(t *testing.T) {
	t.Parallel()
	documents := [][]live.Fix{
		{busAt("1", 0), busAt("2", 0)},
		{busAt("1", 10), busAt("2", 0)}, // 2 told nothing new
	}
	asked := 0
	s := feedServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "secret" {
			t.Errorf("request without the key: %v", r.Header)
		}
		tag := fmt.Sprintf(`"%d"`, min(asked, 1))
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", tag)
		_, _ = w.Write(csvOf(t, documents[asked]))
	})
	k := &kept{}
	p := poller(k, ingest.Feed{Name: "park", URL: s.URL, Decode: bustime.Decode, Prefix: "park-", Header: http.Header{"X-Api-Key": {"secret"}}})
	poll(t, p)
	asked = 1
	poll(t, p)
	poll(t, p) // not modified
	var got []string
	for _, f := range k.all() {
		got = append(got, fmt.Sprintf("%s %d", f.Device, f.Time.Second()))
	}
	if want := "park-1 0, park-2 0, park-1 10"; strings.Join(got, ", ") != want {
		t.Errorf("kept %v, want %s", got, want)
	}
}

// What could not be kept is asked for again, whole.
func TestAFeedIsReadAgainWhenItWasNotKept(t *testing.T) {
	t.Parallel()
	s := feedServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		_, _ = w.Write(csvOf(t, []live.Fix{busAt("1", 0)}))
	})
	k := &kept{err: errors.New("disk full")}
	p := poller(k, ingest.Feed{URL: s.URL, Decode: bustime.Decode})
	if err := p.Poll(t.Context()); err == nil {
		t.Error("Poll = nil though nothing was kept")
	}
	k.err = nil
	poll(t, p)
	if len(k.all()) != 1 {
		t.Errorf("kept %d fixes, want 1", len(k.all()))
	}
}

func TestFeedsThatAreNotTaken(t *testing.T) {
	t.Parallel()
	elsewhere := feedServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "" {
			t.Error("a key went to a host that it was not given for")
		}
		_, _ = w.Write(csvOf(t, []live.Fix{busAt("1", 0)}))
	})
	host := strings.TrimPrefix(elsewhere.URL, "http://")
	for name, try := range map[string]struct {
		answer http.HandlerFunc
		feed   ingest.Feed
		kind   kvartal.Kind
		says   string // "" is taken
	}{
		"failure": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, ingest.Feed{}, kvartal.KindUnavailable, "502"},
		"garbage": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, ingest.Feed{}, kvartal.KindInvalid, "line 1"},
		"too long": {
			func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2000)) },
			ingest.Feed{MaxBytes: 1000},
			kvartal.KindTooLarge, "longer than 1000 bytes",
		},
		"silence":   {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ingest.Feed{Timeout: 50 * time.Millisecond}, kvartal.KindUnavailable, "does not answer"},
		"elsewhere": {http.RedirectHandler(elsewhere.URL, http.StatusFound).ServeHTTP, ingest.Feed{}, kvartal.KindInvalid, "sends us to " + host},
		"loop": {
			func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) },
			ingest.Feed{},
			kvartal.KindInvalid, "more than 3 times",
		},
		"known host": {
			http.RedirectHandler(elsewhere.URL, http.StatusFound).ServeHTTP,
			ingest.Feed{Hosts: []string{host}, Header: http.Header{"X-Api-Key": {"secret"}}},
			0, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &kept{}
			feed := try.feed
			feed.URL, feed.Decode = feedServer(t, try.answer).URL, bustime.Decode
			err := poller(k, feed).Poll(t.Context())
			if try.says == "" {
				if err != nil || len(k.all()) != 1 {
					t.Errorf("Poll = %v, %d fixes, want one", err, len(k.all()))
				}
				return
			}
			if err == nil || kvartal.KindOf(err) != try.kind || !strings.Contains(err.Error(), try.says) || len(k.all()) > 0 {
				t.Errorf("Poll = %v, %d fixes kept, want %v: %q and none", err, len(k.all()), try.kind, try.says)
			}
		})
	}
}

func TestAFeedIsTriedAgain(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 100)
	s := feedServer(t, func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		w.WriteHeader(http.StatusInternalServerError)
	})
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	p := ingest.NewPoller(ingest.Feed{Name: "park", URL: s.URL, Decode: gtfsrt.Decode, Every: time.Millisecond},
		ingest.NewIntake((&kept{}).keep, ingest.NewMetrics(nil), log), log)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	for range 4 {
		select {
		case <-asked:
		case <-time.After(20 * time.Second):
			t.Fatal("the feed was not asked again")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
	if n := strings.Count(out.String(), "cannot be read"); n != 1 {
		t.Errorf("four failures made %d lines in the log, want 1:\n%s", n, out.String())
	}
}
