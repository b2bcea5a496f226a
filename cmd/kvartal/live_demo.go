package main

import (
	"cmp"
	"context"
	"net"
	"time"

	"kvartal"
	"kvartal/live/ingest"
	"kvartal/live/simulator"
	"kvartal/live/trackers/egts"
	"kvartal/live/trackers/gtfsrt"
	"kvartal/live/trackers/wialon"
)

// The fleet of the demo city, as its register names it.
const (
	demoPloughs  = 24
	demoBuses    = 16
	demoSensors  = 24
	demoInterval = 5 * time.Second
	// demoDays is how long its fixes are kept at most: nobody needs them, and they
	// fill 200 MB a day.
	demoDays = 3
	// anyPort of this machine alone.
	anyPort = "127.0.0.1:0"
)

// demoFleet is the fleet of the demo city, which has one without any setting.
type demoFleet struct {
	streets  *simulator.Streets
	feed     *simulator.Feed
	listener net.Listener // of the feed
}

// openDemo makes the fleet if the city is the demo city; nil otherwise. It opens
// ports to this machine alone for what no setting opens.
func (l *liveObjects) openDemo(ctx context.Context, center [2]float64) (*demoFleet, error) {
	loaded, err := demoLoaded(ctx, l.db)
	if err != nil || !loaded || !l.flags.DemoFleet {
		return nil, err
	}
	streets, err := loadStreets(ctx, l.db.app, center)
	if kvartal.KindOf(err) == kvartal.KindInvalid { // a demo city without streets
		l.db.log.WarnContext(ctx, "the demo city has no fleet", "error", err)
		return nil, nil //nolint:nilnil // as for other cities
	}
	if err != nil {
		return nil, err
	}
	if l.flags.FixDays == 0 || l.flags.FixDays > demoDays {
		l.flags.FixDays = demoDays
	}
	f := &l.flags.portFlags
	f.EGTSListen, f.WialonListen, f.MQTTListen = cmp.Or(f.EGTSListen, anyPort), cmp.Or(f.WialonListen, anyPort), cmp.Or(f.MQTTListen, anyPort)
	listener, err := listen(ctx, anyPort)
	if err != nil {
		return nil, err
	}
	l.sources.feeds = append(l.sources.feeds, ingest.Feed{
		Name: "simulation", URL: "http://" + listener.Addr().String(), Decode: gtfsrt.Decode, Every: demoInterval,
	})
	return &demoFleet{streets: streets, feed: simulator.NewFeed(), listener: listener}, nil
}

// run moves the fleet until the context ends.
func (d *demoFleet) run(ctx context.Context, open *ports) error {
	defer serveFeed(d.listener, d.feed)()
	simulator.New(simulator.Config{
		Streets: d.streets, Units: simulator.Fleet(demoPloughs, demoBuses, demoSensors), Seed: 1, Interval: demoInterval, Faults: true,
		EGTS: open.addresses[egts.Source], Wialon: open.addresses[wialon.Source], MQTT: open.addresses[ingest.MQTT], Feed: d.feed,
	}).Run(ctx, 0)
	return nil
}
