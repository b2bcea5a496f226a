package postgres

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"kvartal"
)

// Names within the data folder: <data folder>/postgres/data is the cluster.
const (
	clusterName = "postgres"
	dataName    = "data"
	logName     = "log"
)

// ClusterConfig says where and how a private cluster runs.
type ClusterConfig struct {
	// DataDir is the data folder of the instance; it is made if need be.
	DataDir string
	// Logger gets starts, stops and crashes; nil discards them.
	Logger *slog.Logger
	// StartTimeout bounds the wait for a starting database, which after a crash
	// first replays its log; 0 means 5 minutes.
	StartTimeout time.Duration
	// Settings of postgresql.conf that replace ours.
	Settings map[string]string
	// Throwaway makes a cluster for tests: fast, not safe against a crash, and
	// ended by the kernel together with this process.
	Throwaway bool
}

// Cluster is a private PostgreSQL with PostGIS that runs while this program
// does. It is reached over a Unix socket by this operating system user alone.
type Cluster struct {
	cfg       ClusterConfig
	log       *slog.Logger
	dir       string // <data folder>/postgres
	data      string // <data folder>/postgres/data
	socketDir string
	account   account
	inst      installation
	lock      *os.File

	// process belongs to StartCluster until it returns, then to supervise.
	process  *process
	stop     chan struct{} // closed by Stop: shut down
	kill     chan struct{} // closed by Stop: its time is up
	finished chan struct{} // closed by supervise
}

// StartCluster starts the cluster of a data folder, after making it if the
// folder is empty. A database that a killed instance left running is taken over.
// When the database dies it is started again, until Stop. Errors are of
// KindConflict if another instance uses the folder, and of KindUnavailable if
// the machine lacks something; each says what to do.
func StartCluster(ctx context.Context, cfg ClusterConfig) (*Cluster, error) {
	dir, err := openDataDir(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	lock, err := lockDataDir(dir)
	if err != nil {
		return nil, err
	}
	c := newCluster(cfg, dir)
	c.lock = lock
	if err := c.start(ctx); err != nil {
		c.abandon()
		return nil, errors.Join(err, lock.Close())
	}
	go c.supervise()
	return c, nil
}

func newCluster(cfg ClusterConfig, dataDir string) *Cluster {
	if cfg.StartTimeout == 0 {
		cfg.StartTimeout = 5 * time.Minute
	}
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	dir := filepath.Join(dataDir, clusterName)
	return &Cluster{
		cfg: cfg, log: log,
		dir: dir, data: filepath.Join(dir, dataName),
		stop: make(chan struct{}), kill: make(chan struct{}), finished: make(chan struct{}),
	}
}

// openDataDir makes the data folder if need be and returns its real path.
func openDataDir(dir string) (string, error) {
	if dir == "" {
		return "", kvartal.Errorf(kvartal.KindInvalid, "the data folder has no name: set KVARTAL_DATA_DIR")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", unwritable(dir, err)
	}
	// The database user must be able to pass through to its own folder.
	if err := makePassable(abs); err != nil {
		return "", unwritable(abs, err)
	}
	resolved, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", unwritable(abs, err)
	}
	return resolved, nil
}

// makePassable makes a folder, unless it exists, that others may pass through
// but not list, whatever the umask.
func makePassable(dir string) error {
	if exists(dir) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return err
	}
	return os.Chmod(dir, 0o711)
}

// URL returns the connection string of the program's database for a role.
func (c *Cluster) URL(role Role) string { return c.DatabaseURL(role, database) }

// DatabaseURL returns the connection string of any database of the cluster.
func (c *Cluster) DatabaseURL(role Role, database string) string {
	u := url.URL{Scheme: "postgresql", Path: "/" + database}
	u.RawQuery = url.Values{"host": {c.socketDir}, "user": {string(role)}}.Encode()
	return u.String()
}

// Stop shuts the database down: open transactions are rolled back, everything
// committed is written. If ctx ends first the database is killed, which costs
// nothing but a longer next start, and Stop returns an error. It is called once.
func (c *Cluster) Stop(ctx context.Context) error {
	if c.lock == nil { // the cluster of another instance
		return nil
	}
	close(c.stop)
	var err error
	select {
	case <-c.finished:
	case <-ctx.Done():
		close(c.kill)
		<-c.finished
		err = kvartal.Errorf(kvartal.KindTimeout, "the database did not stop in time and was killed; it recovers at the next start").Because(ctx.Err())
	}
	_ = os.Remove(c.socketDir) // the next start makes it again; one in /run or /tmp should not stay
	return errors.Join(err, c.lock.Close())
}
