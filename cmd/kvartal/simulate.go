package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"

	"kvartal"
	"kvartal/live"
	"kvartal/live/simulator"
	"kvartal/postgres"
)

type simulateCommand struct {
	EGTS         string        `name:"egts" help:"Listener that ploughs of odd numbers speak EGTS to." placeholder:"HOST:PORT"`
	Wialon       string        `name:"wialon" help:"Listener that ploughs of even numbers speak Wialon IPS to." placeholder:"HOST:PORT"`
	MQTT         string        `name:"mqtt" help:"Listener that sensors speak MQTT to." placeholder:"HOST:PORT"`
	FeedListen   string        `name:"feed-listen" help:"Address at which to publish the buses as GTFS Realtime." placeholder:"HOST:PORT"`
	Ploughs      int           `help:"How many ploughs." default:"24"`
	Buses        int           `help:"How many buses." default:"16"`
	Sensors      int           `help:"How many sensors." default:"24"`
	Interval     time.Duration `help:"Time between the fixes of a vehicle." default:"5s"`
	Seed         uint64        `help:"Which of many days to simulate." default:"1" placeholder:"N"`
	Perfect      bool          `help:"No clock is wrong, nothing fails or comes late."`
	For          time.Duration `name:"for" help:"End after this time; 0 goes on." default:"0s" placeholder:"TIME"`
	Streets      string        `help:"GeoJSON of the streets to drive along, instead of the base map of the database." type:"existingfile" placeholder:"FILE"`
	Acknowledged string        `help:"Write here, a line each, what listeners have confirmed: device, time in seconds since 1970." placeholder:"FILE"`
}

// Run moves the fleet until the context ends or the time is over, then prints
// what it counted as JSON.
func (c simulateCommand) Run(ctx context.Context, g *globals, out *output) error {
	streets, err := c.streets(ctx, g, out)
	if err != nil {
		return err
	}
	config := simulator.Config{
		Streets: streets, Units: simulator.Fleet(c.Ploughs, c.Buses, c.Sensors), Seed: c.Seed,
		Interval: max(c.Interval, time.Second), Faults: !c.Perfect, EGTS: c.EGTS, Wialon: c.Wialon, MQTT: c.MQTT,
	}
	if c.FeedListen != "" {
		listener, err := listen(ctx, c.FeedListen)
		if err != nil {
			return err
		}
		config.Feed = simulator.NewFeed()
		defer serveFeed(listener, config.Feed)()
		out.print("The buses are at http://%s\n", listener.Addr())
	}
	if c.Acknowledged != "" {
		list, err := newList(c.Acknowledged)
		if err != nil {
			return err
		}
		defer list.close()
		config.Acknowledged = list.add
	}
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	fleet := simulator.New(config)
	fleet.Run(ctx, time.Minute)
	return json.NewEncoder(out.stdout).Encode(fleet.Report())
}

func (c simulateCommand) streets(ctx context.Context, g *globals, out *output) (*simulator.Streets, error) {
	if c.Streets != "" {
		return readStreets(c.Streets)
	}
	db, err := openDatabase(ctx, g, g.logger(out.stderr))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	store, err := db.openStore(ctx, g)
	if err != nil {
		return nil, err
	}
	return loadStreets(ctx, db.owner, store.City().Center)
}

// readStreets reads the lines of a GeoJSON file, in longitude and latitude.
func readStreets(path string) (*simulator.Streets, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "the streets in %s cannot be read", path).Because(err)
	}
	all, err := geojson.UnmarshalFeatureCollection(data)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s is no GeoJSON FeatureCollection", path).Because(err)
	}
	var lines []orb.LineString
	for _, f := range all.Features {
		switch g := f.Geometry.(type) {
		case orb.LineString:
			lines = append(lines, g)
		case orb.MultiLineString:
			lines = append(lines, g...)
		}
	}
	return simulator.NewStreets(lines)
}

// streetRadius is how far from the centre of a city its fleet drives, in degrees
// of latitude: about 4 km.
const streetRadius = 0.036

// loadStreets reads the driven streets around the centre of the city.
func loadStreets(ctx context.Context, pool *pgxpool.Pool, center [2]float64) (*simulator.Streets, error) {
	rows, err := pool.Query(ctx, `
		WITH box AS (SELECT ST_Expand(ST_SetSRID(ST_MakePoint($1, $2), 4326), $3) AS geom)
		SELECT ST_AsBinary((ST_Dump(ST_Transform(s.geom, 4326))).geom) FROM layer.base_streets AS s, box
		WHERE s.geom && ST_Transform(box.geom, ST_SRID(s.geom)) AND NOT coalesce(s.rail, false)
			AND s.kind IN ('trunk', 'primary', 'secondary', 'tertiary', 'unclassified', 'residential', 'living_street')
		ORDER BY s.id LIMIT 50000`, center[0], center[1], streetRadius)
	if err != nil {
		return nil, postgres.Translate(err, "read the streets")
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (orb.LineString, error) {
		var data []byte
		if err := row.Scan(&data); err != nil {
			return nil, err
		}
		g, err := wkb.Unmarshal(data)
		line, _ := g.(orb.LineString)
		return line, err
	})
	if err != nil {
		return nil, postgres.Translate(err, "read the streets")
	}
	return simulator.NewStreets(lines)
}

// serveFeed publishes a feed until the function it returns is called.
func serveFeed(listener net.Listener, feed *simulator.Feed) (end func()) {
	srv := &http.Server{Handler: feed, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = srv.Serve(listener) }()
	return func() { _ = srv.Close() }
}

// list is a file of fixes that listeners have confirmed.
type list struct {
	mu   sync.Mutex
	file *os.File
	out  *bufio.Writer // guarded by mu
}

func newList(path string) (*list, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s cannot be written", path).Because(err)
	}
	return &list{file: f, out: bufio.NewWriter(f)}, nil
}

func (l *list) add(f live.Fix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.out.WriteString(string(f.Device) + " " + strconv.FormatInt(f.Time.Unix(), 10) + "\n") // Close tells
}

func (l *list) close() {
	_ = l.out.Flush()
	_ = l.file.Close()
}
