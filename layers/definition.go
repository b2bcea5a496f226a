package layers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"kvartal"
	"kvartal/view"
)

// Definition says all there is to say about one layer. Its form is described
// by layer.schema.json; read it with Load.
type Definition struct {
	ID          kvartal.LayerID `yaml:"id"`
	Title       Text            `yaml:"title"`
	Description Text            `yaml:"description"`
	Group       string          `yaml:"group"`
	Geometry    Geometry        `yaml:"geometry"`
	CRS         string          `yaml:"crs"` // "city" or "EPSG:n"
	History     History         `yaml:"history"`
	// Key names the fields that identify a feature in the outside world.
	Key []string `yaml:"key"`
	// Label is the field that names a feature to people, or "".
	Label       string              `yaml:"label"`
	Attribution string              `yaml:"attribution"`
	Metadata    Metadata            `yaml:"metadata"`
	Shown       bool                `yaml:"shown"` // on the map when it opens
	Tiles       Tiles               `yaml:"tiles"`
	Fields      []Field             `yaml:"fields"`
	Links       []Link              `yaml:"links"`
	Rights      map[string][]string `yaml:"rights"` // role → actions
	Live        *Live               `yaml:"live"`   // nil: rows are written, not told by devices

	// Style is the layer's style fragment, style.json; nil without one.
	Style []byte `yaml:"-"`
	// Sample is a GeoJSON FeatureCollection, sample.geojson; nil without one.
	Sample []byte `yaml:"-"`
	// Path names the folder the definition came from, for messages.
	Path string `yaml:"-"`

	public    view.View  // of most requests, so made once
	relations []Relation // made when all definitions are known
}

// Tiles says how a layer appears in vector tiles.
type Tiles struct {
	Layer     string `yaml:"layer"` // name inside the tile
	MinZoom   int    `yaml:"min_zoom"`
	MaxZoom   int    `yaml:"max_zoom"`
	ZoomField string `yaml:"zoom_field"` // integer field with a feature's lowest zoom, or ""
	Resident  bool   `yaml:"resident"`   // kept in memory

	// Rules for zooms below MaxZoom, where not everything has room. Units are
	// those of tiles, 4096 each way.
	Crowded  Crowding `yaml:"crowded"`
	Smallest int      `yaml:"smallest"` // lines and polygons smaller both ways are left out
	Detail   int      `yaml:"detail"`   // geometry is rounded to as many units: 1, 2, 4 or 8
}

// Live says that the features of a layer are devices of the register, as they
// told last. Such a layer has no rows of its own.
type Live struct {
	Classes []string `yaml:"classes"` // of devices
	// Interval is how often a device tells unless the register knows better. After
	// three of them in silence it is late, later stale and in the end lost.
	Interval, Stale, Lost time.Duration
	Public                Lag
}

// Lag is how the public sees live objects: as they were a delay ago, in steps.
type Lag struct{ Delay, Every time.Duration }

// UnmarshalYAML reads seconds.
func (l *Live) UnmarshalYAML(unmarshal func(any) error) error {
	p := struct {
		Classes  []string `yaml:"classes"`
		Interval int      `yaml:"interval"`
		Stale    int      `yaml:"stale"`
		Lost     int      `yaml:"lost"`
		Public   struct {
			Delay int `yaml:"delay"`
			Every int `yaml:"every"`
		} `yaml:"public"`
	}{Interval: 30, Stale: 10 * 60, Lost: 24 * 60 * 60}
	if err := unmarshal(&p); err != nil {
		return err
	}
	*l = Live{
		Classes: p.Classes, Interval: seconds(p.Interval), Stale: seconds(p.Stale), Lost: seconds(p.Lost),
		Public: Lag{seconds(p.Public.Delay), seconds(p.Public.Every)},
	}
	return nil
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// Crowding says what happens where small features crowd.
type Crowding string

// The ways to treat crowds.
const (
	CrowdedThin    Crowding = "thin"    // the largest stay
	CrowdedCluster Crowding = "cluster" // one stands for all near it and tells how many
	CrowdedKeep    Crowding = "keep"    // all stay, whatever a tile weighs
)

// Field is one attribute of a layer's features.
type Field struct {
	Name        string    `yaml:"name"`
	Type        FieldType `yaml:"type"`
	Title       Text      `yaml:"title"`
	Description Text      `yaml:"description"`
	Unit        string    `yaml:"unit"` // UCUM, or ""
	Codes       Codelist  `yaml:"codes"`
	Required    bool      `yaml:"required"`
	Unique      bool      `yaml:"unique"`
	Search      bool      `yaml:"search"`
	Personal    bool      `yaml:"personal"`
	Tile        bool      `yaml:"tile"` // carried in vector tiles
	Pattern     string    `yaml:"pattern"`
	MaxLength   int       `yaml:"max_length"`
	Min         *float64  `yaml:"min"`
	Max         *float64  `yaml:"max"`
	// From is where a live layer has the value from: "speed", "register.unit",
	// "reading.blade". Other layers keep values of their own.
	From string `yaml:"from"`
}

// UnmarshalYAML reads a field with its defaults.
func (f *Field) UnmarshalYAML(unmarshal func(any) error) error {
	type plain Field
	p := plain{Tile: true}
	if err := unmarshal(&p); err != nil {
		return err
	}
	*f = Field(p)
	return nil
}

// Codelist is the permitted values of a field in the order to show them.
type Codelist []Code

// Code is one permitted value and what people call it.
type Code struct {
	Value string
	Title Text
}

// UnmarshalYAML reads a mapping from value to title, keeping its order.
func (c *Codelist) UnmarshalYAML(unmarshal func(any) error) error {
	var order yaml.MapSlice
	var titles map[string]Text
	if err := unmarshal(&order); err != nil {
		return err
	}
	if err := unmarshal(&titles); err != nil {
		return err
	}
	for _, item := range order {
		value := fmt.Sprint(item.Key)
		*c = append(*c, Code{Value: value, Title: titles[value]})
	}
	return nil
}

// FieldType is the type of a field's values.
type FieldType string

// The field types.
const (
	TypeText      FieldType = "text"
	TypeInteger   FieldType = "integer" // 64 bits
	TypeNumber    FieldType = "number"  // IEEE double
	TypeDecimal   FieldType = "decimal" // digits kept as written
	TypeBoolean   FieldType = "boolean"
	TypeDate      FieldType = "date"
	TypeTimestamp FieldType = "timestamp" // with time zone
)

// Geometry is the geometry type of a layer.
type Geometry string

// Geometry types that mean more than the column's type.
const (
	NoGeometry  Geometry = "none"     // features have no place of their own
	AnyGeometry Geometry = "geometry" // any type, even curves
)

// Dimension is that of the geometries: 0, 1 or 2; -1 if they have different ones
// or none.
func (g Geometry) Dimension() int {
	switch strings.TrimPrefix(string(g), "multi") {
	case "point":
		return 0
	case "linestring":
		return 1
	case "polygon":
		return 2
	}
	return -1
}

// History says how a layer remembers its former rows.
type History string

// The kinds of history.
const (
	HistoryRows      History = "rows"      // each former row is kept
	HistoryRevisions History = "revisions" // all rows are replaced at once
	HistoryNone      History = "none"
)

// Field returns the field of that name.
func (d *Definition) Field(name string) (Field, bool) {
	i := slices.IndexFunc(d.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return d.Fields[i], true
}

// HasGeometry reports whether features of the layer have a place.
func (d *Definition) HasGeometry() bool { return d.Geometry != NoGeometry }
