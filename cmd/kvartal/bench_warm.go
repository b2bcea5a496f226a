package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/paulmach/orb/maptile"

	"kvartal"
	"kvartal/tiles"
	"kvartal/tiles/town"
)

// warm measures tiles that are in the cache against nginx, which sends the same
// bytes as files, both asked by wrk in turns.
func (b *tileBench) warm(ctx context.Context) error {
	b.section("warm tiles over HTTP, 64 connections", "cache", "nginx")
	for _, tool := range []string{"nginx", "wrk"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.out.print("left out: %s is not installed (apt-get install nginx-light wrk)\n", tool)
			return nil
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ours, err := b.serveTiles(ctx, tiles.NewService(b.city.Resident, 1<<30))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(b.dir, "nginx-")
	if err != nil {
		return fmt.Errorf("make a folder for nginx: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for _, z := range []maptile.Zoom{14, 16} {
		paths := make([]string, 0, mostCold)
		for _, t := range tilesIn(town.Bound(b.Buildings), z) {
			paths = append(paths, tilePath(t))
		}
		size, err := saveTiles(ctx, dir, ours, paths)
		if err != nil {
			return err
		}
		if err := b.warmLine(ctx, fmt.Sprintf("warm z%d, %d kB, tiles/s", z, size/1000), dir, ours, paths); err != nil {
			return err
		}
	}
	return nil
}

func (b *tileBench) warmLine(ctx context.Context, what, dir, ours string, paths []string) error {
	theirs, stop, err := startNginx(ctx, dir)
	if err != nil {
		return err
	}
	defer stop()
	script := filepath.Join(dir, "paths.lua")
	if err := os.WriteFile(script, []byte(wrkScript(paths)), 0o600); err != nil {
		return fmt.Errorf("write a script for wrk: %w", err)
	}
	// Second by second in turns, and the median of each, so that neither is judged
	// by what else the machine did.
	var rates [2][]float64
	for range max(b.Seconds, 5) {
		for i, origin := range []string{ours, theirs} {
			rate, err := b.wrk(ctx, script, origin)
			if err != nil {
				return err
			}
			rates[i] = append(rates[i], rate)
		}
	}
	cache, files := median(rates[0]), median(rates[1])
	b.out.print("%-44s %14.0f %14.0f %8.2fx\n", what, cache, files, cache/files)
	return nil
}

// median sorts the values and returns the middle one.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// saveTiles writes the answers to the paths with gzip as files and returns their
// mean size.
func saveTiles(ctx context.Context, dir, origin string, paths []string) (int, error) {
	total := 0
	for _, path := range paths {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+path, nil)
		if err != nil {
			return 0, err
		}
		r.Header.Set("Accept-Encoding", "gzip")
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return 0, err
		}
		body, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return 0, err
		}
		file := filepath.Join(dir, "html", filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // nginx's workers read as nobody
			return 0, fmt.Errorf("save a tile: %w", err)
		}
		if err := os.WriteFile(file, body, 0o644); err != nil { //nolint:gosec // nginx's workers read as nobody
			return 0, fmt.Errorf("save a tile: %w", err)
		}
		total += len(body)
	}
	return total / len(paths), nil
}

const nginxConf = `worker_processes 2;
daemon off;
pid nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  open_file_cache max=10000 inactive=60s;
  open_file_cache_valid 60s;
  default_type application/vnd.mapbox-vector-tile;
  add_header Content-Encoding gzip;
  add_header Vary Accept-Encoding;
  add_header Cache-Control no-cache;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server { listen %s; root html; }
}
`

// startNginx serves the files of a folder until stop is called.
func startNginx(ctx context.Context, dir string) (origin string, stop func(), err error) {
	free, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address := free.Addr().String()
	conf := filepath.Join(dir, "nginx.conf")
	if err := errors.Join(free.Close(), os.Chmod(dir, 0o755), //nolint:gosec // nginx's workers read as nobody
		os.WriteFile(conf, fmt.Appendf(nil, nginxConf, address), 0o600)); err != nil {
		return "", nil, fmt.Errorf("configure nginx: %w", err)
	}
	cmd := exec.CommandContext(ctx, "nginx", "-p", dir, "-c", conf, "-e", "stderr")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = shutdownTimeout
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("start nginx: %w", err)
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it was told to end
	}
	if err := awaitListener(ctx, address); err != nil {
		stop()
		return "", nil, err
	}
	return "http://" + address, stop, nil
}

// awaitListener returns when somebody listens.
func awaitListener(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return kvartal.Errorf(kvartal.KindUnavailable, "nginx did not begin to listen on %s", address).Because(err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// wrkScript asks for the paths one after the other.
func wrkScript(paths []string) string {
	return `local paths = {"` + strings.Join(paths, `", "`) + `"}
local i = 0
request = function()
  i = i % #paths + 1
  return wrk.format("GET", paths[i], {["Accept-Encoding"] = "gzip"})
end
`
}

// wrk returns how many answers a server gives in a second.
func (b *tileBench) wrk(ctx context.Context, script, origin string) (float64, error) {
	text, err := exec.CommandContext(ctx, "wrk", "-t2", "-c64", "-d1s", "-s", script, origin).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk: %w: %s", err, text)
	}
	if strings.Contains(string(text), "Non-2xx") {
		return 0, fmt.Errorf("wrk got errors from %s: %s", origin, text)
	}
	found := regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`).FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("wrk said nothing of requests: %s", text)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
