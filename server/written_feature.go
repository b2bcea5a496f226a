package server

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/layers"
)

// maxFeature bounds the body that writes one feature, in bytes.
const maxFeature = 8 << 20

// mergePatchType is a partial feature by RFC 7396.
const mergePatchType = "application/merge-patch+json"

// writtenFeature is a feature as a client writes it: GeoJSON (RFC 7946). Foreign
// members, such as the links of a feature that was read here, mean nothing.
type writtenFeature struct {
	Type       string          `json:"type"`
	ID         json.RawMessage `json:"id"`
	Geometry   json.RawMessage `json:"geometry"` // nil: not given
	Properties map[string]any  `json:"properties"`
}

// readFeature reads the body of a request: the feature in the reference system
// of header Content-Crs (20-002r1), CRS84 if there is none.
func (o *ogcRequest) readFeature(w http.ResponseWriter, d *layers.Definition) (kvartal.Change, kvartal.SRID, error) {
	var change kvartal.Change
	if kind, _, err := mime.ParseMediaType(o.Header.Get("Content-Type")); err != nil || !slices.Contains(o.route.accepts, kind) {
		return change, 0, unsupportedMedia(o.route.accepts)
	}
	in, err := o.contentReference()
	if err != nil {
		return change, 0, err
	}
	var written writtenFeature
	if err := decodeFeature(http.MaxBytesReader(w, o.Body, maxFeature), &written); err != nil {
		return change, 0, err
	}
	partial := slices.Contains(o.route.accepts, mergePatchType)
	// A replacement's id is ignored (/req/create-replace-delete/put-rid), a change
	// of it is not (/req/features/update-json-merge-patch).
	if id, err := variable(o.Request, "featureId"); partial && written.ID != nil && err == nil && strings.Trim(string(written.ID), `"`) != id {
		return change, 0, kvartal.Errorf(kvartal.KindInvalid, "id is %.40s, the address is that of feature %s: a feature keeps its id", written.ID, id).In("id")
	}
	if written.Type != "Feature" && (!partial || written.Type != "") {
		return change, 0, kvartal.Errorf(kvartal.KindInvalid, `type is %.40q: want "Feature"`, written.Type).In("type")
	}
	change.Layer = d.ID
	change.Feature.Properties = written.Properties
	if change.Feature.Properties == nil {
		change.Feature.Properties = map[string]any{}
	}
	change.ClearGeometry = !partial || written.Geometry != nil
	if written.Geometry != nil && string(written.Geometry) != "null" {
		change.ClearGeometry = false
		change.Feature.Geometry, err = parseGeometry(written.Geometry, in)
	}
	return change, in.srid, err
}

// decodeFeature reads one JSON object and nothing after it.
func decodeFeature(r io.Reader, into *writtenFeature) error {
	decoder := json.NewDecoder(r)
	decoder.UseNumber() // decimals keep their digits
	err := decoder.Decode(into)
	if err == nil {
		if _, err = decoder.Token(); err == nil {
			err = errors.New("more follows after the object")
		} else if errors.Is(err, io.EOF) {
			return nil
		}
	}
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return kvartal.Errorf(kvartal.KindTooLarge, "the body is longer than %d bytes", tooLong.Limit)
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return kvartal.Errorf(kvartal.KindInvalid, "%s is a %s, which GeoJSON does not have there", cmp.Or(wrong.Field, "the body"), wrong.Value).In(wrong.Field)
	}
	return kvartal.Errorf(kvartal.KindInvalid, "the body is not JSON, byte %d: %v", decoder.InputOffset(), err)
}

// contentReference is the reference system that header Content-Crs names.
func (o *ogcRequest) contentReference() (reference, error) {
	header := o.Header.Get("Content-Crs")
	if header == "" {
		return crs84Reference(), nil
	}
	uri := strings.TrimSuffix(strings.TrimPrefix(header, "<"), ">")
	for _, r := range o.references() {
		if r.uri == uri {
			return r, nil
		}
	}
	return reference{}, kvartal.Errorf(kvartal.KindInvalid, "Content-Crs is %.200q: want one of the systems that the collection lists under crs", header).In("Content-Crs")
}

// parseGeometry reads a GeoJSON geometry, its axes in the order of a reference
// system.
func parseGeometry(text json.RawMessage, in reference) (orb.Geometry, error) {
	var g any
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&g); err != nil {
		return nil, badGeometry("is not JSON")
	}
	reader := geometryReader{in: in}
	return reader.geometry(g, false)
}

func badGeometry(what string) error {
	return kvartal.Errorf(kvartal.KindInvalid, "the geometry %s", what).In("geometry")
}

// versionTag begins the ETag of a feature's representations: it names the
// version, what follows tells the representations of one version apart.
func versionTag(version int64) string { return "v" + strconv.FormatInt(version, 10) + "-" }

// expected is the version that header If-Match names (RFC 9110, section 13.1.1):
// 0 for any, one that no feature has if it names none of ours. Tags compare
// strongly, so a weak one names nothing.
func (o *ogcRequest) expected(current func() (int64, error)) (int64, error) {
	const never = -1
	header := o.Header.Values("If-Match")
	if len(header) == 0 {
		if _, err := current(); kvartal.KindOf(err) == kvartal.KindNotFound {
			return 0, err
		}
		return 0, preconditionRequired()
	}
	var versions []int64
	for tag := range strings.SplitSeq(strings.Join(header, ","), ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" {
			return 0, nil
		}
		text, _, ok := strings.Cut(strings.TrimPrefix(tag, `"v`), "-")
		if version, err := strconv.ParseInt(text, 10, 64); ok && err == nil && version > 0 && strings.HasPrefix(tag, `"v`) && strings.HasSuffix(tag, `"`) {
			versions = append(versions, version)
		}
	}
	switch len(versions) {
	case 0:
		return never, nil
	case 1:
		return versions[0], nil
	}
	now, err := current()
	if err != nil || slices.Contains(versions, now) {
		return now, err
	}
	return versions[0], nil
}
