package main

import (
	"context"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/live/bus"
	"kvartal/live/index"
	"kvartal/live/ingest"
	"kvartal/live/recorder"
	"kvartal/server"
)

// liveFlags are the settings of live objects. Nothing listens without them.
type liveFlags struct {
	portFlags

	Sources     string `name:"sources" help:"YAML file of feeds that are fetched from other servers, and of the forms of their JSON." placeholder:"FILE" env:"KVARTAL_SOURCES"`
	Connections int    `name:"device-connections" help:"How many trackers may be connected at once." default:"10000" placeholder:"N" env:"KVARTAL_DEVICE_CONNECTIONS"`
	BusURL      string `name:"bus-url" help:"NATS servers that keep fixes until they are recorded, instead of one inside this program." placeholder:"URL" env:"KVARTAL_BUS_URL"`
	BusSyncs    bool   `name:"bus-syncs" help:"Confirms that the servers of bus-url have sync_interval: always, without which a power failure loses what trackers were told is kept." env:"KVARTAL_BUS_SYNCS"`
	BusSize     int64  `name:"bus-size" help:"Megabytes of fixes that may wait for the database." default:"8192" placeholder:"MB" env:"KVARTAL_BUS_SIZE"`
	DemoFleet   bool   `name:"demo-fleet" help:"Let simulated ploughs, buses and sensors move about the demo city." default:"true" negatable:"" env:"KVARTAL_DEMO_FLEET"`
	FixDays     int    `name:"fix-days" help:"Days for which fixes are kept; 0 keeps them for ever." default:"400" placeholder:"DAYS" env:"KVARTAL_FIX_DAYS"`
	PackDays    int    `name:"pack-days" help:"Days after which fixes are packed into an eighth of the room; 0 never packs them." default:"3" placeholder:"DAYS" env:"KVARTAL_PACK_DAYS"`
}

func (f liveFlags) check() error {
	if f.PackDays < 0 || f.FixDays < 0 {
		return kvartal.Errorf(kvartal.KindInvalid, "fix-days is %d and pack-days %d: want numbers of days, or 0 for never", f.FixDays, f.PackDays)
	}
	if f.BusURL != "" && !f.BusSyncs {
		return kvartal.Errorf(kvartal.KindInvalid, "bus-url is set: see to it that the NATS servers there have sync_interval: always, then confirm it with --bus-syncs or KVARTAL_BUS_SYNCS=true")
	}
	return nil
}

// liveObjects is the way of fixes through this server, from the ports to the
// database.
type liveObjects struct {
	flags   liveFlags
	db      *database
	bus     *bus.Bus
	batcher *ingest.Batcher
	intake  *ingest.Intake
	metrics *ingest.Metrics
	packer  *recorder.Packer
	sources sources
	index   *index.Index
	known   index.Config // what the index is filled from
	after   index.Place  // up to where it knows all
}

// openLive opens the bus and has the city know what is recorded of live layers.
// Nothing is received or recorded before run.
func (f liveFlags) openLive(ctx context.Context, g *globals, db *database, city *server.City, registry prometheus.Registerer) (*liveObjects, error) {
	described, err := loadSources(f.Sources)
	if err != nil {
		return nil, err
	}
	b, err := bus.Open(ctx, bus.Options{Dir: filepath.Join(g.DataDir, "bus"), URL: f.BusURL, MaxBytes: f.BusSize << 20, Log: db.log})
	if err != nil {
		return nil, err
	}
	l := &liveObjects{flags: f, db: db, bus: b, batcher: ingest.NewBatcher(b.Publish), metrics: ingest.NewMetrics(registry), sources: described}
	l.packer = recorder.NewPacker(recorder.PackerConfig{Pool: db.app, Days: f.PackDays, Registry: registry, Log: db.log})
	l.intake = ingest.NewIntake(l.batcher.Keep, l.metrics, db.log)
	l.index, l.known = city.Live, index.Config{Pool: db.app, Store: city.Store, Bus: b, Recorder: recorder.Name}
	if l.after, err = l.index.Load(ctx, l.known); err != nil {
		b.Close()
		return nil, err
	}
	return l, nil
}

// run listens to trackers, records what they tell and keeps the index true until
// the context ends.
func (l *liveObjects) run(ctx context.Context) error {
	listeners := ingest.NewListeners(ingest.Config{
		Guard: ingest.NewCredentials(l.db.app), Keep: l.intake.Keep, MaxConnections: l.flags.Connections,
		Metrics: l.metrics, Log: l.db.log,
	})
	demo, err := l.openDemo(ctx, l.known.Store.City().Center)
	if err != nil {
		return err
	}
	open, err := l.flags.openPorts(ctx, listeners, l.sources.forms, l.db.log)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return l.batcher.Run(ctx) })
	group.Go(func() error {
		return recorder.New(recorder.Config{Pool: l.db.app, Bus: l.bus, Days: l.flags.FixDays, Log: l.db.log}).Run(ctx)
	})
	group.Go(func() error { return l.packer.Run(ctx) })
	group.Go(func() error { return l.index.Run(ctx, l.known, l.after) })
	for _, feed := range l.sources.feeds {
		group.Go(func() error { return ingest.NewPoller(feed, l.intake, l.db.log).Run(ctx) })
	}
	for _, broker := range l.sources.brokers {
		group.Go(func() error { return ingest.NewSubscriber(broker, l.intake, l.db.log).Run(ctx) })
	}
	if demo != nil {
		group.Go(func() error { return demo.run(ctx, open) })
	}
	for _, each := range open.serve {
		group.Go(func() error { return each(ctx) })
	}
	return group.Wait()
}
