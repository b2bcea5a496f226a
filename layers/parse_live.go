package layers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kvartal"
)

// live checks what a live layer may not say, and others may not either.
func (c *complaints) live(d *Definition) {
	if d.Live == nil {
		for i, f := range d.Fields {
			if f.From != "" {
				c.at([]string{"fields", strconv.Itoa(i), "from"}, "is for live layers: %q keeps its own values, or say under live which devices it shows", d.ID)
			}
		}
		return
	}
	if d.Geometry != "point" {
		c.at([]string{"geometry"}, "is %q: the features of a live layer are points", d.Geometry)
	}
	for _, where := range [][]string{{"crs"}, {"history"}, {"tiles", "resident"}, {"tiles", "zoom_field"}} {
		if c.says(where) {
			c.at(where, "is not for a live layer: devices tell longitude and latitude, the fixes are its history, its objects are in memory")
		}
	}
	if len(d.Links) > 0 {
		c.at([]string{"links"}, "a live layer has none")
	}
	if len(d.Key) > 0 {
		c.at([]string{"key"}, "a live layer has none: its features are those of the register of devices")
	}
	for role, actions := range d.Rights {
		for i, a := range actions {
			if a == "create" || a == "change" || a == "delete" {
				c.at([]string{"rights", role, strconv.Itoa(i)}, "nobody may %s features of a live layer: devices tell them", a)
			}
		}
	}
	for i, f := range d.Fields {
		c.liveField(f, []string{"fields", strconv.Itoa(i)})
	}
}

func (c *complaints) liveField(f Field, where []string) {
	if f.From == "" {
		c.at(where, "says nothing of where it is from: a field of a live layer has one")
		return
	}
	if f.Required || f.Unique || f.Pattern != "" || f.MaxLength > 0 || f.Min != nil || f.Max != nil {
		c.at(where, "required, unique, pattern, max_length, min and max are for what is written, not for what devices tell")
	}
	if f.Type == TypeDate || f.Type == TypeDecimal {
		c.at(append(where, "type"), "is %s: a live layer has texts, numbers, integers, booleans and timestamps", f.Type)
	}
	if want := f.fromTypes(); !strings.Contains(want, string(f.Type)) {
		c.at(append(where, "type"), "is %s, but %s is %s", f.Type, f.From, want)
	}
}

// fromTypes names the types that what a field is from may have.
func (f Field) fromTypes() string {
	switch f.From {
	case "device", "state", "clock":
		return "text"
	case "at", "received":
		return "timestamp"
	case "late":
		return "boolean"
	case "speed", "course", "altitude", "odometer", "satellites":
		return "number or integer"
	}
	if strings.HasPrefix(f.From, "reading.") {
		return "text, number, integer or boolean"
	}
	return "text, number, integer, boolean or timestamp" // Registry.live looks it up
}

// live checks what live layers say of the registers that they are made of.
func (r *Registry) live() []error {
	var complaints []error
	complain := func(d *Definition, format string, args ...any) {
		complaints = append(complaints, kvartal.Errorf(kvartal.KindInvalid, "%s/layer.yaml:1: %s", d.Path, fmt.Sprintf(format, args...)))
	}
	devices := r.byID[DevicesLayer]
	for _, d := range r.layers {
		switch {
		case d.Live == nil:
		case devices == nil || r.byID[DeviceInputsLayer] == nil:
			complain(d, "a live layer needs the layers %q and %q", DevicesLayer, DeviceInputsLayer)
		default:
			for _, complaint := range d.ofDevices(devices) {
				complain(d, "%s", complaint)
			}
		}
	}
	return complaints
}

// ofDevices finds what a live layer says that the register of devices does not
// have.
func (d *Definition) ofDevices(devices *Definition) []string {
	var complaints []string
	class, _ := devices.Field("class")
	for _, name := range d.Live.Classes {
		if !slices.ContainsFunc(class.Codes, func(c Code) bool { return c.Value == name }) {
			complaints = append(complaints, fmt.Sprintf("live: classes: layer %q has no class %q", devices.ID, name))
		}
	}
	for _, f := range d.Fields {
		name, ofRegister := strings.CutPrefix(f.From, "register.")
		if !ofRegister {
			continue
		}
		switch have, known := devices.Field(name); {
		case !known:
			complaints = append(complaints, fmt.Sprintf("field %q: layer %q has no field %q", f.Name, devices.ID, name))
		case have.Type != f.Type:
			complaints = append(complaints, fmt.Sprintf("field %q is of type %s and field %q of layer %q of type %s", f.Name, f.Type, name, devices.ID, have.Type))
		}
	}
	return complaints
}
