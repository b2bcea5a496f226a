package postgres

import (
	"context"
	"errors"

	"kvartal"
)

// JoinCluster is for commands that work beside a running server: it uses the
// cluster of the instance that runs in the data folder, or starts it if none
// does. Stop ends only what JoinCluster started.
func JoinCluster(ctx context.Context, cfg ClusterConfig) (*Cluster, error) {
	c, err := StartCluster(ctx, cfg)
	if !errors.Is(err, errInUse) {
		return c, err
	}
	dir, err := openDataDir(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	c = newCluster(cfg, dir)
	if c.account, err = accountFor(c.data); err != nil {
		return nil, err
	}
	return c, c.awaitOther(ctx)
}

// awaitOther waits until the other instance's database takes connections: the
// instance may be just starting.
func (c *Cluster) awaitOther(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.StartTimeout)
	defer cancel()
	for {
		err := c.tryOther(ctx)
		if err == nil {
			return nil
		}
		if !sleep(ctx, pollInterval) {
			return c.notReady(ctx, err)
		}
	}
}

func (c *Cluster) tryOther(ctx context.Context) error {
	c.socketDir = pidFileLine(c.data, pidFileSocket)
	if c.socketDir == "" {
		return kvartal.Errorf(kvartal.KindUnavailable, "no database runs in %s yet", c.dir)
	}
	if err := checkSocketDir(c.account, c.socketDir); err != nil {
		return err
	}
	return c.tryDatabase(ctx, database)
}
