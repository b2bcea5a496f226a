package layers

import (
	"strconv"
	"strings"
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
	return "text, number, integer, boolean or timestamp"
}
