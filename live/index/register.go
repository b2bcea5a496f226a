package index

import (
	"context"
	"encoding/json"
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
	Home    *orb.Point
	profile profile
}

// Register is all devices at one moment. It does not change.
type Register struct {
	devices map[live.DeviceID]*Device
	// fields are the attributes of their rows. They are not kept with the devices:
	// objects have those that they show.
	fields map[live.DeviceID]fields
}

// Len is the number of devices.
func (r *Register) Len() int { return len(r.devices) }

// Device returns a device by its name in protocols.
func (r *Register) Device(name live.DeviceID) (*Device, bool) {
	d, ok := r.devices[name]
	return d, ok
}

// ReadRegister reads the registers.
func ReadRegister(ctx context.Context, db recorded.Querier) (*Register, error) {
	profiles, err := readProfiles(ctx, db)
	if err != nil {
		return nil, postgres.Translate(err, "read what the readings of devices mean")
	}
	r := &Register{devices: map[live.DeviceID]*Device{}, fields: map[live.DeviceID]fields{}}
	err = eachDevice(ctx, db, profiles, `SELECT id, to_jsonb(d) FROM layer.devices AS d`, nil, func(d *Device, f fields) { r.devices[d.Name], r.fields[d.Name] = d, f })
	return r, err
}

// ReadDevices reads those of some devices that are registered.
func ReadDevices(ctx context.Context, db recorded.Querier, ids []kvartal.FeatureID) ([]*Device, error) {
	profiles, err := readProfiles(ctx, db)
	if err != nil {
		return nil, postgres.Translate(err, "read what the readings of devices mean")
	}
	var devices []*Device
	err = eachDevice(ctx, db, profiles, `SELECT id, to_jsonb(d) FROM layer.devices AS d WHERE id = ANY ($1) ORDER BY id`, []any{ids},
		func(d *Device, _ fields) { devices = append(devices, d) })
	return devices, err
}

// Reading returns what a fix of the device means by the profile of the device;
// of what is yes or no, 1 or 0. False if it says nothing of it.
func (d *Device) Reading(name string, f *live.Fix) (float64, bool) {
	r := d.profile.read(name, f)
	return r.number, r.known && r.text == ""
}

func eachDevice(ctx context.Context, db recorded.Querier, profiles map[string]profile, sql string, args []any, take func(*Device, fields)) error {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return postgres.Translate(err, "read the register of devices")
	}
	var id int64
	var data []byte
	var same shared
	row := map[string]any{}
	_, err = pgx.ForEachRow(rows, []any{&id, &data}, func() error {
		clear(row)
		if err := json.Unmarshal(data, &row); err != nil {
			return err
		}
		f := same.fields(row)
		take(newDevice(kvartal.FeatureID(id), f, profiles), f)
		return nil
	})
	return postgres.Translate(err, "read the register of devices")
}

func newDevice(id kvartal.FeatureID, f fields, profiles map[string]profile) *Device {
	name, _ := f.of("device").(string)
	class, _ := f.of("class").(string)
	kind, _ := f.of("profile").(string)
	interval, _ := f.of("interval").(float64)
	device := &Device{
		ID: id, Name: live.DeviceID(name), Class: class, Interval: time.Duration(interval * float64(time.Second)),
		profile: profiles[kind],
	}
	lon, told := f.of("lon").(float64)
	lat, both := f.of("lat").(float64)
	if told && both {
		device.Home = &orb.Point{lon, lat}
	}
	return device
}

func readProfiles(ctx context.Context, db recorded.Querier) (map[string]profile, error) {
	rows, err := db.Query(ctx, `SELECT profile, reading, input, bit, factor, "offset", above, coalesce(inverted, false) FROM layer.device_inputs`)
	if err != nil {
		return nil, err
	}
	profiles := map[string]profile{}
	var name, reading string
	var m meaning
	_, err = pgx.ForEachRow(rows, []any{&name, &reading, &m.input, &m.bit, &m.factor, &m.offset, &m.above, &m.inverted}, func() error {
		if profiles[name] == nil {
			profiles[name] = profile{}
		}
		profiles[name][reading] = m
		return nil
	})
	return profiles, err
}
