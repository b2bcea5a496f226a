// Package democity makes the registers of the demo city: parcels, buildings,
// contracts, networks, roads, burials, trees and the rest, derived from the
// real streets, buildings, cemeteries and parks of the base map. All of it is
// invented and marked so: its changesets have the source "demo". The same seed
// on the same base map gives the same city, to the last digit.
//
// The registers are sound: parcels do not overlap and lie within blocks, pipes
// end in nodes and every network hangs together with a source, debts are what
// was charged less what was paid.
package democity

import (
	"context"
	"math"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/importers/democity/plane"
	"kvartal/layers"
	"kvartal/postgres"
)

// radius is how far the demo city reaches from its centre at scale 1, in metres.
const radius = 3000

// MaxScale covers a circle of 100 km and more.
const MaxScale = 1000

// writers is how many registers are written at a time.
const writers = 2

// Options says which city to make.
type Options struct {
	// Seed selects one of many cities.
	Seed uint64
	// Scale multiplies the area; 0 is 1.
	Scale float64
	// Progress, if not nil, is told what is being done, from one goroutine at a
	// time.
	Progress func(Progress)
}

// Progress is how far the generator is.
type Progress struct {
	Step  string // in English, such as "laying parcels"
	Done  int
	Total int
}

// Report counts the features of the registers.
type Report map[kvartal.LayerID]int64

// Features is the sum.
func (r Report) Features() (sum int64) {
	for _, n := range r {
		sum += n
	}
	return sum
}

// city is a demo city while it is made.
type city struct {
	pool   *pgxpool.Pool
	store  *layers.Store
	seed   uint64
	srid   kvartal.SRID
	center orb.Point // in the city's CRS
	radius float64   // metres

	base        *base
	groundIndex *plane.Index // of base.grounds
	// districtIndex finds base.districts.
	districtIndex *plane.Index
	graph         *graph
	parcels       []parcel
	buildings     []building
	addresses     []address
	along         [][]int // parcels by edge
	townParts     [][]int // junctions of each town
	networks      networks
	contracts     []contract
	busRoute      map[int]bool // edges that buses use
	stops         []stop
	plots         []plot
	cemeteries    []string
	plants        []plant
	parks         []park
	sensors       []orb.Point // in degrees
}

// Generate replaces the registers of the demo city around the city's centre.
// The base map must be loaded, the pool belong to the owner of the tables. Each
// register is written in a transaction of its own: after an interruption
// Generate can simply run again. It returns an error of KindInvalid for a scale
// out of range and of KindConflict if a register holds rows of somebody else.
func Generate(ctx context.Context, pool *pgxpool.Pool, store *layers.Store, o Options) (Report, error) {
	if o.Scale == 0 {
		o.Scale = 1
	}
	if !(o.Scale > 0 && o.Scale <= MaxScale) {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "the scale of the demo city must be above 0 and at most %d", MaxScale)
	}
	c := &city{pool: pool, store: store, seed: o.Seed, srid: store.CitySRID(), radius: radius * math.Sqrt(o.Scale)}
	tell := func(step string, done, total int) {
		if o.Progress != nil {
			o.Progress(Progress{step, done, total})
		}
	}
	var err error
	if c.center, err = store.ToCity(ctx, store.City().Center); err != nil {
		return nil, postgres.Translate(err, "place the demo city")
	}
	steps := []struct {
		name string
		do   func(context.Context) error
	}{
		{"reading the base map", c.read},
		{"laying parcels", c.layParcels},
		{"numbering houses", c.settle},
		{"laying networks", c.supply},
		{"planting trees", c.furnish},
	}
	for i, step := range steps {
		tell(step.name, i, len(steps))
		if err := step.do(ctx); err != nil {
			return nil, err
		}
	}
	return c.write(ctx, tell)
}

// read reads the base map and joins its streets.
func (c *city) read(ctx context.Context) (err error) {
	if c.base, err = c.readBase(ctx); err != nil {
		return err
	}
	c.groundIndex = plane.NewIndex(120)
	for i, g := range c.base.grounds {
		c.groundIndex.Add(g.shape.Bound(), i)
	}
	c.districtIndex = plane.NewIndex(1000)
	for i, d := range c.base.districts {
		c.districtIndex.Add(d.shape.Bound(), i)
	}
	c.graph = newGraph(c.base.streets, street.driven)
	return nil
}

// settle gives parcels and buildings their streets, numbers and addresses.
func (c *city) settle(context.Context) error {
	c.numberBuildings()
	c.findStreets()
	c.number()
	c.townParts = c.towns()
	c.zoneBlocks()
	return nil
}

// supply lays the networks.
func (c *city) supply(context.Context) error {
	c.layNetworks()
	return nil
}

// furnish makes what is neither land nor pipe.
func (c *city) furnish(ctx context.Context) error {
	c.let()
	c.runBuses()
	c.bury()
	c.plantTrees()
	return c.placeSensors(ctx)
}

// street returns the street of an edge.
func (c *city) street(e int) street { return c.base.streets[c.graph.edges[e].street] }

// write writes all registers; last the one that is derived from others.
func (c *city) write(ctx context.Context, tell func(string, int, int)) (Report, error) {
	registers := c.registers()
	report := Report{}
	if err := c.writeAll(ctx, registers, report, tell); err != nil {
		return nil, err
	}
	zones, err := c.readRestrictions(ctx)
	if err != nil {
		return nil, err
	}
	return report, c.writeAll(ctx, []register{c.restrictionRegister(zones)}, report, tell)
}

// writeAll writes registers, some at a time, and counts their features.
func (c *city) writeAll(ctx context.Context, registers []register, report Report, tell func(string, int, int)) error {
	var mu sync.Mutex // guards report and tell
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(writers)
	for _, r := range registers {
		work.Go(func() error {
			count, err := r.write(ctx, c.pool, c.store)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			report[r.layer] = count
			tell("writing registers", len(report), len(registers))
			return nil
		})
	}
	return work.Wait()
}

// registers lists all that is written.
func (c *city) registers() []register {
	return []register{
		{"parcels", c.parcelRows},
		{"buildings", c.buildingRows},
		{"contracts", c.contractRows},
		{"payments", c.paymentRows},
		{"emergency_houses", c.emergencyRows},
		{"investment_sites", c.investmentRows},
		{"addresses", c.addressRows},
		{"districts", c.districtRows},
		{"zones", c.zoneRows},
		{"red_lines", c.redLineRows},
		{"water", c.waterRows()},
		{"water_nodes", c.waterNodeRows()},
		{"sewer", c.sewerRows()},
		{"sewer_nodes", c.sewerNodeRows()},
		{"gas", c.gasRows()},
		{"gas_nodes", c.gasNodeRows()},
		{"heat", c.heatRows()},
		{"heat_nodes", c.heatNodeRows()},
		{"power", c.powerRows()},
		{"power_nodes", c.powerNodeRows()},
		{"roads", c.roadRows},
		{"road_works", c.workRows},
		{"stops", c.stopRows},
		{"burials", c.burialRows},
		{"trees", c.treeRows},
		{"green_areas", c.greenRows},
		{"tourism_objects", c.sightRows},
		{"tourism_routes", c.routeRows},
		{"street_lights", c.lightRows()},
		{"street_light_cables", c.lightCableRows()},
		{"devices", c.deviceRows},
		{"device_inputs", c.deviceInputRows},
	}
}
