// Package kvartal holds the words every part of the program shares: layers,
// features, changes, principals and errors. It depends on nothing of ours, and
// nothing in it does work: behaviour lives in the packages below it in the
// folder list (see ARCHITECTURE.md).
package kvartal

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/paulmach/orb"
)

// LayerID names a layer: a base map layer, a register or a live layer.
// It is also the name of its table in schema "layer" and of its OGC collection.
type LayerID string

// MaxLayerID is the longest LayerID in bytes. PostgreSQL cuts identifiers at
// 63; the rest is left for the suffixes of indexes and triggers.
const MaxLayerID = 40

var layerIDPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// ParseLayerID checks s against the form of a layer id: lower-case Latin
// letters, digits and underscores, beginning with a letter, at most MaxLayerID
// bytes. Errors are of KindInvalid.
func ParseLayerID(s string) (LayerID, error) {
	if len(s) > MaxLayerID || !layerIDPattern.MatchString(s) {
		return "", Errorf(KindInvalid, "%.60q is not a layer id: use up to %d of a-z, 0-9 and _, beginning with a letter", s, MaxLayerID)
	}
	return LayerID(s), nil
}

// FeatureID numbers a feature within its layer. It is positive, stable for the
// life of the feature and the feature id of its vector tiles.
type FeatureID int64

// Feature is one object of a layer.
type Feature struct {
	ID FeatureID
	// Version counts the edits of this feature from 1; 0 means not stored yet.
	Version int64
	// Geometry is nil for a feature of a layer without geometry. Its CRS is
	// stated by whoever hands the feature out.
	Geometry orb.Geometry
	// Properties holds a value per field: string, bool, int64, float64, Decimal,
	// time.Time (date, timestamp) or nil. A missing key is the same as nil,
	// except in an update, where it means "leave as it is".
	Properties map[string]any
}

// Decimal is a decimal number with its digits as they were written, for money
// and registered areas. In JSON it is a number.
type Decimal string

// MarshalJSON writes the digits as a JSON number.
func (d Decimal) MarshalJSON() ([]byte, error) { return json.Marshal(json.Number(d)) }

// Operation says what a Change does to its feature.
type Operation string

// The operations of a Change.
const (
	Create Operation = "create"
	Update Operation = "update" // properties given are set, others stay
	Delete Operation = "delete"
)

// Change is one edit of one feature.
type Change struct {
	Operation Operation
	Layer     LayerID
	// Feature carries the new state. In an Update a nil Geometry leaves the
	// stored one. ID 0 in a Create lets the database number the feature.
	// Version, if not 0, must be the stored one in Update and Delete, else the
	// changeset fails with KindConflict.
	Feature Feature
	// ClearGeometry says in an Update that a nil Geometry means none.
	ClearGeometry bool
}

// Changeset is a set of changes that become true together or not at all.
type Changeset struct {
	Author  Principal
	Comment string
	// CRS of all geometries in the changeset; 0 means each layer's storage CRS.
	CRS     SRID
	Changes []Change
}

// Principal is whoever asks: a person, a system or the anonymous public.
type Principal struct {
	// Name identifies the principal in history and audit; empty for the public.
	Name  string
	Roles []string
}

// Public is the principal of a request that carries no credentials.
var Public = Principal{Roles: []string{"public"}}

// System is the principal of the program's own work: demo, imports, jobs.
func System(name string) Principal {
	return Principal{Name: "system:" + name, Roles: []string{"system"}}
}

type contextKey int

const (
	principalKey contextKey = iota
	requestIDKey
)

// WithPrincipal returns ctx carrying p.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey, p)
}

// PrincipalFrom returns the principal of ctx, or Public.
func PrincipalFrom(ctx context.Context) Principal {
	if p, ok := ctx.Value(principalKey).(Principal); ok {
		return p
	}
	return Public
}

// WithRequestID returns ctx carrying the id under which logs mention a request.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey, id)
}

// RequestIDFrom returns the request id of ctx, or "".
func RequestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// SRID is an EPSG code or, from 990000 on, a city's own CRS registered in
// spatial_ref_sys.
type SRID int

// The coordinate reference systems the program itself speaks.
const (
	WGS84       SRID = 4326 // longitude, latitude in degrees in our own order (CRS84)
	WebMercator SRID = 3857 // metres
)

func (s SRID) String() string { return fmt.Sprintf("EPSG:%d", int(s)) }
