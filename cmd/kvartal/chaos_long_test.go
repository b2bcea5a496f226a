//go:build chaos

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"kvartal/live/simulator"
)

// TestChaos kills the server, the bus and the database in turn and together,
// without warning, while a fleet tells its fixes: with the bus within the server
// and beside it. What was acknowledged must be stored, each fix once.
// CHAOS_ROUNDS (1) repeats it, CHAOS_PLOUGHS (200) is the load: a fix a second each.
func TestChaos(t *testing.T) {
	for name, beside := range map[string]bool{"bus within": false, "bus beside": true} {
		t.Run(name, func(t *testing.T) {
			c := newChaos(t, 1000)
			if beside {
				c.putBusBeside(t)
			}
			c.start(t)
			c.awaitReady(t)
			fleet, end := c.drive(t, number("CHAOS_PLOUGHS", 200))
			c.awaitMore(t, fleet, "the start")
			for range number("CHAOS_ROUNDS", 1) {
				c.strike(t, fleet)
			}
			end()
			c.check(t, fleet)
		})
	}
}

// strike kills each and then all, and awaits after each that fixes are taken again.
func (c *chaos) strike(t *testing.T, fleet *simulator.Simulator) {
	t.Helper()
	c.server.kill(t)
	c.server.start(t)
	c.awaitMore(t, fleet, "the server was killed")
	if c.bus != nil {
		c.bus.kill(t)
		c.bus.start(t)
		c.awaitMore(t, fleet, "the bus was killed")
	}
	c.killDatabase(t)
	c.awaitMore(t, fleet, "the database was killed")
	c.killDatabase(t)
	if c.bus != nil {
		c.bus.kill(t)
	}
	c.server.kill(t)
	c.start(t)
	c.awaitMore(t, fleet, "all were killed")
}

func number(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// putBusBeside has the server use a NATS server beside it.
func (c *chaos) putBusBeside(t *testing.T) {
	t.Helper()
	dir, address := t.TempDir(), free(t)
	nats, config := filepath.Join(dir, "nats"), filepath.Join(dir, "nats.conf")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", nats, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		t.Fatalf("go build nats-server = %v %s", err, out)
	}
	write(t, config, fmt.Sprintf("listen: %s\njetstream { store_dir: %q, sync_interval: always }\n", address, filepath.Join(dir, "jetstream")))
	c.bus = &program{name: "the bus", args: []string{nats, "-c", config}, log: logFile(t, "bus")}
	c.server.args = append(c.server.args, "--bus-url", "nats://"+address, "--bus-syncs")
}
