package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"kvartal"
)

// start brings the cluster up from whatever state it is in.
func (c *Cluster) start(ctx context.Context) error {
	if err := c.layOut(ctx); err != nil {
		return err
	}
	if err := c.adoptOrphan(ctx); err != nil {
		return err
	}
	if c.process == nil {
		if err := c.launch(ctx); err != nil {
			return err
		}
	}
	return c.prepare(ctx)
}

// layOut finds the programs and makes folders and cluster.
func (c *Cluster) layOut(ctx context.Context) (err error) {
	if c.inst, err = installationFor(c.data); err != nil {
		return err
	}
	if c.account, err = accountFor(c.data); err != nil {
		return err
	}
	if err := makePassable(c.dir); err != nil {
		return unwritable(filepath.Dir(c.dir), err)
	}
	if err := c.account.checkAccess(c.dir, c.inst.program("postgres")); err != nil {
		return err
	}
	if err := c.account.makeDir(filepath.Join(c.dir, logName)); err != nil {
		return unwritable(c.dir, err)
	}
	if c.socketDir, err = makeSocketDir(c.account, c.dir); err != nil {
		return err
	}
	if exists(c.data) {
		return nil
	}
	c.log.Info("making a PostgreSQL cluster", "folder", c.dir, "version", c.inst.major, "user", c.account.name)
	return initdb(ctx, c.inst, c.account, c.dir, c.cfg.Throwaway)
}

// adoptOrphan takes over a running database that an instance left behind when
// it was killed. One that is just shutting down is awaited instead.
func (c *Cluster) adoptOrphan(ctx context.Context) error {
	pid, ok := postmasterPID(c.data)
	if !ok {
		return nil
	}
	orphan, err := adopt(pid)
	if err != nil {
		return nil //nolint:nilerr // it ended just now
	}
	if dir := pidFileLine(c.data, pidFileSocket); dir != "" {
		c.socketDir = dir
	}
	if err := checkSocketDir(c.account, c.socketDir); err != nil {
		return err
	}
	c.process = orphan
	if err := c.awaitReady(ctx); err != nil {
		if !orphan.ended() {
			return err
		}
		c.process = nil
		return nil
	}
	c.log.Info("took over a running database", "pid", pid)
	return nil
}

// launch starts the database and waits until it takes connections.
func (c *Cluster) launch(ctx context.Context) error {
	if err := clearAfterCrash(c.data, c.socketDir); err != nil {
		return err
	}
	if err := writeSettings(c.dir, c.account, c.settings()); err != nil {
		return err
	}
	output, err := os.Create(c.startLog())
	if err != nil {
		return unwritable(c.dir, err)
	}
	defer output.Close()
	cmd := c.account.command(c.inst.program("postgres"), append(fixedSettings(c.dir, c.socketDir), "-D", c.data)...)
	cmd.Stdout, cmd.Stderr = output, output
	started, err := launch(cmd, c.cfg.Throwaway)
	if err != nil {
		return fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	c.process = started
	if err := c.awaitReady(ctx); err != nil {
		return err
	}
	c.log.Info("database started", "pid", c.process.pid, "version", c.inst.major)
	return nil
}

func (c *Cluster) settings() map[string]string {
	settings := serverSettings(memoryOfMachine())
	if c.cfg.Throwaway {
		maps.Copy(settings, throwawaySettings())
	}
	maps.Copy(settings, c.cfg.Settings)
	return settings
}

// startLog is the file that gets what the database says before it opens its
// own log. A pipe would break when this program is killed.
func (c *Cluster) startLog() string { return filepath.Join(c.dir, "start.log") }

// diedEarly explains why the database ended instead of starting.
func (c *Cluster) diedEarly() error {
	var said listener
	if text, err := os.ReadFile(c.startLog()); err == nil {
		_, _ = said.Write(text) // never fails
	}
	return kvartal.Errorf(kvartal.KindUnavailable,
		"the database does not start: its last words are in %s and in %s", c.startLog(), filepath.Join(c.dir, logName)).
		Because(errors.New(said.last()))
}

// abandon ends what a failed start left running.
func (c *Cluster) abandon() {
	if c.process == nil || c.process.ended() {
		return
	}
	patience := time.AfterFunc(10*time.Second, func() { close(c.kill) })
	defer patience.Stop()
	c.shutDown()
}
