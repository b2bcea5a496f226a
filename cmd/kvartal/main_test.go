package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"kvartal"
	"kvartal/layers"
)

// buffer collects what a command prints and tells when a line is there.
type buffer struct {
	mu    sync.Mutex
	bytes bytes.Buffer
	grown chan struct{}
}

func newBuffer() *buffer { return &buffer{grown: make(chan struct{}, 1)} }

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.grown <- struct{}{}:
	default:
	}
	return b.bytes.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes.String()
}

// await returns the first group of pattern once it is printed.
func (b *buffer) await(t testing.TB, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	timeout := time.After(2 * time.Minute)
	for {
		if m := re.FindStringSubmatch(b.String()); m != nil {
			return m[1]
		}
		select {
		case <-b.grown:
		case <-timeout:
			t.Fatalf("no %q in %q", pattern, b.String())
		}
	}
}

// command runs one command line to its end.
func command(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	out, errs := newBuffer(), newBuffer()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code = run(ctx, args, out, errs)
	return code, out.String(), errs.String()
}

// dataDir is a folder that the database's own user can enter.
func dataDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "kvartal-cmd-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "var")
}

// running is a server under test.
type running struct {
	url    string
	stop   context.CancelFunc
	ended  chan int
	stderr *buffer
}

func serve(t testing.TB, dir string, args ...string) running {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	out, errs := newBuffer(), newBuffer()
	r := running{stop: stop, ended: make(chan int, 1), stderr: errs}
	go func() {
		r.ended <- run(ctx, append([]string{"serve", "--data-dir", dir, "--listen", "127.0.0.1:0"}, args...), out, errs)
	}()
	t.Cleanup(func() {
		stop()
		<-r.ended
		r.ended <- 0
	})
	r.url = out.await(t, `Kvartal is at (\S+)`)
	return r
}

func (r running) get(t testing.TB, path string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %d %s %v", path, response.StatusCode, b, err)
	}
	// Answers name the address they were asked at.
	return strings.ReplaceAll(string(b), r.url, "http://host")
}

func (r running) end(t *testing.T) {
	t.Helper()
	r.stop()
	code := <-r.ended
	r.ended <- code
	if code != 0 {
		t.Errorf("serve ended with %d: %s", code, r.stderr)
	}
}

// timeStamp is when an answer was made, which tells nothing of the data.
var timeStamp = regexp.MustCompile(`"timeStamp":"[^"]*"`)

func TestBackupAndRestoreGiveTheSameAnswers(t *testing.T) {
	t.Parallel()
	first, second := dataDir(t), dataDir(t)
	backup := filepath.Join(t.TempDir(), "city.backup")
	loadTestCity(t, first)
	answers := func(dir string) (all string) {
		r := serve(t, dir)
		defer r.end(t)
		for _, path := range []string{
			"/ogc/collections", "/ogc/collections/parcels/items", "/ogc/collections/trees/items",
			"/tiles/trees.json", "/catalogue.json?lang=ky", "/readyz", "/transform?lon=-75.5&lat=39.1",
		} {
			all += path + "\n" + timeStamp.ReplaceAllString(r.get(t, path), "") + "\n"
		}
		return all
	}
	want := answers(first)
	if code, _, errs := command(t, "backup", backup, "--data-dir", first); code != 0 {
		t.Fatalf("backup = %d %s", code, errs)
	}
	if code, _, errs := command(t, "restore", backup, "--data-dir", second); code != 0 {
		t.Fatalf("restore = %d %s", code, errs)
	}
	if got := answers(second); got != want {
		t.Errorf("answers after a restore differ:\n%s\nwant\n%s", got, want)
	}
	if code, _, errs := command(t, "restore", backup, "--data-dir", second); code != 1 || !strings.Contains(errs, "not empty") {
		t.Errorf("restore over data = %d %q, want a refusal", code, errs)
	}
}

// loadSamples writes the sample of every register in one changeset.
func loadSamples(ctx context.Context, store *layers.Store) error {
	author := kvartal.System("test")
	all := kvartal.Changeset{Author: author, Comment: "samples", CRS: kvartal.WGS84}
	for _, d := range store.Registry().Layers() {
		if d.History == layers.HistoryRevisions || d.Live != nil {
			continue
		}
		sample, err := d.SampleChangeset(author)
		if err != nil {
			return err
		}
		all.Changes = append(all.Changes, sample.Changes...)
	}
	_, err := store.ApplyChangeset(ctx, "test", all)
	return err
}

// loadTestCity makes a city of the samples, without a base map.
func loadTestCity(t *testing.T, dir string) {
	t.Helper()
	g := &globals{DataDir: dir, CityCRS: "EPSG:32618"}
	db, err := openDatabase(t.Context(), g, g.logger(io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	store, err := db.openStore(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Sync(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := loadSamples(t.Context(), store); err != nil {
		t.Fatal(err)
	}
}

func TestCommandsWorkBesideAServerButNoSecondServer(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	r := serve(t, dir, "--pprof-listen", "127.0.0.1:0")
	if code, out, errs := command(t, "layers", "sync", "--data-dir", dir); code != 0 || !strings.Contains(out, "in line") {
		t.Errorf("layers sync beside a server = %d %q %q", code, out, errs)
	}
	code, _, errs := command(t, "serve", "--data-dir", dir, "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(errs, "uses the data folder") {
		t.Errorf("second serve = %d %q, want a refusal that names the folder", code, errs)
	}
	if got := r.get(t, "/readyz"); got != "ready\n" {
		t.Errorf("readyz = %q", got)
	}
	r.end(t)
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // held for the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	layersDir := t.TempDir()
	write(t, filepath.Join(layersDir, "lamps", "layer.yaml"), "id: lamps\ntitel: {}\n")
	config := filepath.Join(t.TempDir(), "kvartal.yaml")
	write(t, config, "listn: 127.0.0.1:1\n")
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no command":        {nil, 2, "kvartal --help"},
		"unknown command":   {[]string{"srve"}, 2, "srve"},
		"unknown flag":      {[]string{"serve", "--prot", "1"}, 2, "--prot"},
		"port in use":       {[]string{"serve", "--listen", taken.Addr().String()}, 1, "is in use by another program"},
		"no address":        {[]string{"serve", "--listen", "here"}, 1, "HOST:PORT"},
		"public URL":        {[]string{"serve", "--public-url", "map.example.org"}, 1, "want scheme and host"},
		"unknown setting":   {[]string{"version", "--config", config}, 2, `sets "listn"`},
		"missing config":    {[]string{"version", "--config", "/nowhere.yaml"}, 2, "nowhere.yaml"},
		"broken definition": {[]string{"layers", "list", "--layers-dir", layersDir}, 1, "lamps/layer.yaml:2: titel"},
		"unknown layer":     {[]string{"layers", "show", "lamps"}, 1, "kvartal layers list"},
		"missing backup":    {[]string{"restore", "/nowhere.backup"}, 2, "nowhere.backup"},
		"database address":  {[]string{"layers", "sync", "--database-url", "://"}, 1, "database address is not understood"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, errs := command(t, test.args...)
			if code != test.code || !strings.Contains(errs, test.says) {
				t.Errorf("kvartal %v = %d %q, want %d with %q", test.args, code, errs, test.code, test.says)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSettingsAreFlagsThenEnvironmentThenFile(t *testing.T) {
	config := filepath.Join(t.TempDir(), "kvartal.yaml")
	write(t, config, "data-dir: from-file\nlayers_dir: from-file\nlisten: from-file\n")
	t.Setenv("KVARTAL_LAYERS_DIR", "from-environment")
	t.Setenv("KVARTAL_LISTEN", "from-environment")
	var cli commands
	parser, err := kong.New(&cli, kong.Configuration(loadConfig), kong.BindTo(t.Context(), (*context.Context)(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve", "--config", config, "--listen", "from-flag"}); err != nil {
		t.Fatal(err)
	}
	got := [3]string{cli.DataDir, cli.LayersDir, cli.Serve.Listen}
	if want := [3]string{"from-file", "from-environment", "from-flag"}; got != want {
		t.Errorf("data-dir, layers-dir, listen = %q, want %q", got, want)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if code, out, _ := command(t, "version"); code != 0 || !strings.HasPrefix(out, "kvartal ") {
		t.Errorf("version = %d %q", code, out)
	}
	if code, out, _ := command(t, "--help"); code != 0 || !strings.Contains(out, "kvartal demo") {
		t.Errorf("--help = %d %q", code, out)
	}
}
