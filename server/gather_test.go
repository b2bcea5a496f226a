package server

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

func TestBodiesWrittenAtOnceArriveWhole(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<14)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	live := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n")) // of our own
		w.Header().Set("Content-Length", strconv.Itoa(n))
		writeBody(w, r, body[:n])
	}))
	_ = live.Listener.Close() // that of httptest
	live.Listener, live.Config.ConnContext = Gather(listener)
	live.Start()
	t.Cleanup(live.Close)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, n := range []int{0, 1, 2047, 2048, 3900, 4096, 5000, 100_000, len(body), 7} { // on one connection
			r, err := http.NewRequestWithContext(t.Context(), method, live.URL+"?n="+strconv.Itoa(n), nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := live.Client().Do(r)
			if err != nil {
				t.Fatalf("%s of %d bytes = %v", method, n, err)
			}
			got, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			want := body[:n]
			if method == http.MethodHead {
				want = nil
			}
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s of %d bytes = %d bytes (%v), or others", method, n, len(got), err)
			}
		}
	}
}
