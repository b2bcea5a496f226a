package server

import (
	"io"
	"net/http"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/server/formats"
	"kvartal/view"
)

const (
	// exportTimeout bounds one export.
	exportTimeout = 15 * time.Minute
	// exportsAtOnce bounds those under way: each holds a connection.
	exportsAtOnce = 3
)

// exportFormats are those of whole layers.
func exportFormats() []format {
	return []format{formatGeoJSON, formatSeq, formatJSONFG, formatCSV, formatFGB, formatGPKG, formatXLSX}
}

// export answers /ogc/collections/{collectionId}/export: all features that are
// asked for, as a file.
func (s *Server) export(w http.ResponseWriter, o *ogcRequest) error {
	in, err := o.itemsRequest(view.Export)
	if err != nil {
		return err
	}
	in.query.Budget = exportTimeout
	select {
	case s.exports <- struct{}{}:
		defer func() { <-s.exports }()
	default:
		return kvartal.Errorf(kvartal.KindUnavailable, "%d exports are under way: try again when one has ended", exportsAtOnce)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTimeout)) // recorders of tests have none
	h := w.Header()
	h.Set("Content-Type", o.format.Media())
	h.Set("Content-Disposition", `attachment; filename="`+string(in.layer.Definition.ID)+"."+fileExtension(o.format)+`"`)
	h.Set("Content-Crs", "<"+in.crs.uri+">")
	h.Set("Cache-Control", "no-cache")
	return s.stream(w, o, func(out io.Writer) error { return o.writeExport(out, in) })
}

func fileExtension(f format) string {
	switch f {
	case formatGeoJSON, formatJSONFG:
		return "geojson"
	case formatSeq:
		return "geojsons"
	}
	return f.id
}

func (o *ogcRequest) writeExport(out io.Writer, in itemsRequest) error {
	var ogr formats.OGR
	switch o.format {
	case formatFGB:
		ogr = formats.FlatGeobuf()
	case formatGPKG:
		ogr = formats.GeoPackage()
	case formatXLSX:
		ogr = formats.XLSX()
		in.query.WithoutGeometry = true
	default:
		return o.writeAll(newEncoder(o.format, out, in), in)
	}
	in.crs.northFirst = false // GDAL's files have the easting first
	return ogr.Write(o.ctx(), o.ogrLayer(in), func(w io.Writer) error {
		return o.writeAll(newEncoder(formatSeq, w, in), in)
	}, out)
}

func (o *ogcRequest) writeAll(encoder formats.Encoder, in itemsRequest) error {
	if err := encoder.Begin(); err != nil {
		return err
	}
	if err := o.city.Store.Export(o.ctx(), in.whole, in.query, encoder.Feature); err != nil {
		return err
	}
	return encoder.End(nil)
}

func (o *ogcRequest) ogrLayer(in itemsRequest) formats.Layer {
	d := in.layer.Definition
	l := formats.Layer{
		Name: string(d.ID), Geometry: d.Geometry, CRS: in.crs.srid.String(), Fields: in.query.Fields(d, in.layer.View),
	}
	if in.query.WithoutGeometry {
		l.Geometry = layers.NoGeometry
	}
	for _, c := range o.city.Store.CRSs() {
		if c.SRID == in.crs.srid && c.Own() {
			l.CRS = c.Definition
		}
	}
	if o.format == formatXLSX { // read by people
		l.Name, l.Titles = o.text(d.Title), map[string]string{}
		for _, f := range l.Fields {
			l.Titles[f.Name] = o.text(f.Title)
		}
	}
	return l
}
