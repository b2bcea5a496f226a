package index

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
	"kvartal/live/recorded"
	"kvartal/postgres"
)

// The registers that say what devices are and what their readings mean.
const (
	DevicesLayer = kvartal.LayerID("devices")
	InputsLayer  = kvartal.LayerID("device_inputs")
)

// Device is one entry of the register of devices.
type Device struct {
	// ID is that of its row, and of its feature in live layers.
	ID       kvartal.FeatureID
	Name     live.DeviceID
	Class    string
	Interval time.Duration // 0: as its layer says
	// Home is where a device stands that does not say where it is.
	Home *orb.Point

	profile *profile // nil: nobody knows what its readings mean
	// values are those of the fields that live layers show: nil, *text, bool,
	// float64, or int64, which timestamps are too, in microseconds.
	values []any
}

// Register is all devices at one moment. It does not change.
type Register struct {
	devices map[live.DeviceID]*Device
}

// Len is the number of devices.
func (r *Register) Len() int { return len(r.devices) }

// Device returns a device by its name in protocols.
func (r *Register) Device(name live.DeviceID) (*Device, bool) {
	d, ok := r.devices[name]
	return d, ok
}

// ReadDevices reads those of some devices that are registered.
func ReadDevices(ctx context.Context, db recorded.Querier, ids []kvartal.FeatureID) ([]*Device, error) {
	var devices []*Device
	err := eachDevice(ctx, db, wanted{}, "WHERE id = ANY ($1) ORDER BY id", []any{ids}, func(d *Device) { devices = append(devices, d) })
	return devices, err
}

// readRegister reads the registers.
func (x *Index) readRegister(ctx context.Context, db recorded.Querier) (*Register, error) {
	r := &Register{devices: map[live.DeviceID]*Device{}}
	err := eachDevice(ctx, db, x.wanted, "", nil, func(d *Device) { r.devices[d.Name] = d })
	return r, err
}

// Reading returns what a fix of the device means by the profile of the device;
// of what is yes or no, 1 or 0. False if it says nothing of it.
func (d *Device) Reading(name string, f *live.Fix) (float64, bool) {
	if d.profile == nil || d.profile.meanings[name] == nil {
		return 0, false
	}
	r := d.profile.meanings[name].read(f)
	return r.number, r.known && r.text == ""
}

// eachDevice calls take with the devices of those rows that a condition of SQL
// leaves, with what is wanted of them.
func eachDevice(ctx context.Context, db recorded.Querier, w wanted, where string, args []any, take func(*Device)) error {
	profiles, err := readProfiles(ctx, db, w)
	if err != nil {
		return postgres.Translate(err, "read what the readings of devices mean")
	}
	r := newDeviceRow(w)
	rows, err := db.Query(ctx, "SELECT "+r.columns()+" FROM layer.devices "+where, args...)
	if err != nil {
		return postgres.Translate(err, "read the register of devices")
	}
	_, err = pgx.ForEachRow(rows, r.targets(), func() error {
		take(r.device(profiles))
		return nil
	})
	return postgres.Translate(err, "read the register of devices")
}

func readProfiles(ctx context.Context, db recorded.Querier, w wanted) (map[string]*profile, error) {
	rows, err := db.Query(ctx, `SELECT profile, reading, input, bit, factor, "offset", above, coalesce(inverted, false) FROM layer.device_inputs`)
	if err != nil {
		return nil, err
	}
	meanings := map[string]map[string]*meaning{}
	var name, reading string
	var m meaning
	_, err = pgx.ForEachRow(rows, []any{&name, &reading, &m.input, &m.bit, &m.factor, &m.offset, &m.above, &m.inverted}, func() error {
		if meanings[name] == nil {
			meanings[name] = map[string]*meaning{}
		}
		one := m
		meanings[name][reading] = &one
		return nil
	})
	profiles := map[string]*profile{}
	for name, of := range meanings {
		profiles[name] = newProfile(of, w)
	}
	return profiles, err
}
