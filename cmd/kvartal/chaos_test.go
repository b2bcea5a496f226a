package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"kvartal/live"
	"kvartal/live/simulator"
)

// chaosPatience is how long a program may take to be back.
const chaosPatience = 2 * time.Minute

// asProgram is the variable that makes the program of the tests kvartal itself.
const asProgram = "TEST_AS_KVARTAL"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestARoundOfChaos kills the server alone, then the database and the server
// together. `make chaos` does it more often, under more load, with a bus beside.
func TestARoundOfChaos(t *testing.T) {
	t.Parallel()
	c := newChaos(t, 200)
	c.start(t)
	fleet, end := c.drive(t, 100)
	c.awaitMore(t, fleet, "the start")
	c.server.kill(t)
	c.server.start(t)
	c.awaitMore(t, fleet, "the server was killed")
	c.killDatabase(t)
	c.server.kill(t)
	c.server.start(t)
	c.awaitMore(t, fleet, "both were killed")
	end()
	c.check(t, fleet)
}

// start starts what is ours to start.
func (c *chaos) start(t *testing.T) {
	t.Helper()
	if c.bus != nil {
		c.bus.start(t)
	}
	c.server.start(t)
}

// program is a process that is killed and started again.
type program struct {
	name string
	args []string
	log  *os.File
	cmd  *exec.Cmd
	dead chan struct{} // closed when it has ended
}

func (p *program) start(t *testing.T) {
	t.Helper()
	p.cmd = exec.Command(p.args[0], p.args[1:]...) //nolint:noctx,gosec // ended by kill
	p.cmd.Env = append(os.Environ(), asProgram+"=yes")
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s = %v", p.name, err)
	}
	p.dead = make(chan struct{})
	go func(cmd *exec.Cmd, dead chan struct{}) { _ = cmd.Wait(); close(dead) }(p.cmd, p.dead)
}

func (p *program) kill(t *testing.T) {
	t.Helper()
	select {
	case <-p.dead:
		t.Errorf("%s ended before it was killed: see %s", p.name, p.log.Name())
	default:
	}
	_ = p.cmd.Process.Kill()
	<-p.dead
}

type chaos struct {
	dir     string
	each    int64    // fixes that are awaited after each strike
	bus     *program // nil if it is within the server
	server  *program
	http    string
	egts    string
	wialon  string
	mqtt    string
	mu      sync.Mutex
	told    map[string]bool // acknowledged; guarded by mu
	doubled int             // acknowledged twice; guarded by mu
}

// newChaos prepares a server of its own, of which so many fixes are awaited each time.
func newChaos(t *testing.T, each int64) *chaos {
	t.Helper()
	dir := dataDir(t)
	c := &chaos{dir: dir, each: each, http: free(t), egts: free(t), wialon: free(t), mqtt: free(t), told: map[string]bool{}}
	c.server = &program{name: "the server", log: logFile(t, "server"), args: []string{
		os.Args[0], "serve", "--data-dir", dir, "--listen", c.http, "--egts-listen", c.egts, "--wialon-listen", c.wialon, "--mqtt-listen", c.mqtt,
	}}
	t.Cleanup(func() {
		for _, p := range []*program{c.server, c.bus} {
			if p != nil && p.cmd != nil {
				_ = p.cmd.Process.Signal(syscall.SIGTERM)
				<-p.dead
			}
		}
	})
	return c
}

func logFile(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.CreateTemp("", "kvartal-chaos-"+name+"-*.log")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = f.Close()
		if !t.Failed() {
			_ = os.Remove(f.Name())
		}
	})
	return f
}

// free returns an address that nobody listens at, nor will while a server is being
// started again: its port is below those that are given out for connections.
func free(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000)) //nolint:gosec // any
		if l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// awaitReady waits until the server answers for its data.
func (c *chaos) awaitReady(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(chaosPatience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		r, err := http.Get("http://" + c.http + "/readyz") //nolint:noctx // answers at once
		if err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Fatalf("the server is not ready: see %s", c.server.log.Name())
}

// drive lets a fleet drive until end is called.
func (c *chaos) drive(t *testing.T, ploughs int) (fleet *simulator.Simulator, end func()) {
	t.Helper()
	var grid []orb.LineString
	for i := range 20 {
		var across, along orb.LineString
		for j := range 20 {
			across = append(across, orb.Point{74.5 + 0.01*float64(j), 42.8 + 0.01*float64(i)})
			along = append(along, orb.Point{74.5 + 0.01*float64(i), 42.8 + 0.01*float64(j)})
		}
		grid = append(grid, across, along)
	}
	streets, err := simulator.NewStreets(grid)
	if err != nil {
		t.Fatal(err)
	}
	fleet = simulator.New(simulator.Config{
		Streets: streets, Units: simulator.Fleet(ploughs, 0, 60), Seed: 1, Interval: time.Second, Faults: true,
		EGTS: c.egts, Wialon: c.wialon, MQTT: c.mqtt, Acknowledged: c.acknowledged,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var driving sync.WaitGroup
	driving.Go(func() { fleet.Run(ctx, chaosPatience) })
	end = func() { cancel(); driving.Wait() }
	t.Cleanup(end)
	return fleet, end
}

func key(device string, at time.Time) string {
	return device + " " + strconv.FormatInt(at.Unix(), 10)
}

func (c *chaos) acknowledged(f live.Fix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := key(string(f.Device), f.Time)
	if c.told[k] {
		c.doubled++
	}
	c.told[k] = true
}

// awaitMore waits until some more fixes are acknowledged.
func (c *chaos) awaitMore(t *testing.T, fleet *simulator.Simulator, after string) {
	t.Helper()
	before, started := fleet.Report().Acknowledged, time.Now()
	for deadline := time.Now().Add(chaosPatience); fleet.Report().Acknowledged < before+c.each; time.Sleep(20 * time.Millisecond) {
		select {
		case <-c.server.dead:
			t.Fatalf("after %s the server has ended: see %s", after, c.server.log.Name())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s nothing is acknowledged any more: %+v; see %s", after, fleet.Report(), c.server.log.Name())
		}
	}
	t.Logf("after %s %d fixes were acknowledged in %v", after, c.each, time.Since(started).Round(time.Millisecond))
}

// killDatabase kills the postmaster and what it has started, as a lack of memory does.
func (c *chaos) killDatabase(t *testing.T) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(c.dir, "postgres", "data", "postmaster.pid"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("postmaster.pid = %v, %v, want one", paths, err)
	}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("kill the database = %v", err)
	}
}

// check counts what is stored once the recorder has written all.
func (c *chaos) check(t *testing.T, fleet *simulator.Simulator) {
	t.Helper()
	c.awaitReady(t)
	db, err := openDatabase(t.Context(), &globals{DataDir: c.dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var stored map[string]int
	var missing []string
	for deadline := time.Now().Add(chaosPatience); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		if stored, err = storedFixes(t.Context(), db); err != nil {
			continue
		}
		missing = missing[:0]
		for k := range c.told {
			if stored[k] == 0 {
				missing = append(missing, k)
			}
		}
		if len(missing) == 0 {
			break
		}
	}
	double := 0
	for k, n := range stored {
		if n > 1 {
			double++
			t.Logf("stored %d times: %s", n, k)
		}
	}
	t.Logf("measured and acknowledged: %+v; stored %d, missing %d, double %d", fleet.Report(), len(stored), len(missing), double)
	if err != nil || len(missing) > 0 || double > 0 || c.doubled > 0 {
		t.Errorf("%v: of %d acknowledged fixes %d are missing (%.3q …), %d are double", err, len(c.told), len(missing), missing, double)
	}
}

func storedFixes(ctx context.Context, db *database) (map[string]int, error) {
	rows, err := db.owner.Query(ctx, "SELECT device, told FROM live.every_fix UNION ALL SELECT device, told FROM live.quarantine")
	if err != nil {
		return nil, err
	}
	stored := map[string]int{}
	var device string
	var told time.Time
	_, err = pgx.ForEachRow(rows, []any{&device, &told}, func() error {
		stored[key(device, told)]++
		return nil
	})
	return stored, err
}
