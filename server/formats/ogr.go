package formats

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"kvartal"
	"kvartal/layers"
)

// OGR turns features into formats that GDAL writes, by its program ogr2ogr. The
// program sees one file of our making in a folder of its own, no environment,
// and bounded memory, time and disk.
type OGR struct {
	Driver    string // as ogr2ogr -formats names it
	Extension string
	Options   []string // of the driver's layers or dataset: -lco, -dsco
}

// FlatGeobuf is a spatial index and its features in one file.
func FlatGeobuf() OGR { return OGR{Driver: "FlatGeobuf", Extension: "fgb"} }

// GeoPackage is OGC 12-128.
func GeoPackage() OGR { return OGR{Driver: "GPKG", Extension: "gpkg"} }

// XLSX is a table for office programs; it carries no geometry.
func XLSX() OGR { return OGR{Driver: "XLSX", Extension: "xlsx"} }

// Layer says what GDAL cannot see in the features.
type Layer struct {
	Name     string
	Geometry layers.Geometry
	CRS      string // as GDAL takes it: EPSG:n or a PROJ string
	Fields   []layers.Field
	// Titles name the fields in the output; a field without one keeps its name.
	Titles map[string]string
}

// The bounds of one conversion.
const (
	ogrMemory  = 2 << 30 // bytes of address space
	ogrDisk    = 8 << 30 // bytes of one file
	ogrSeconds = 900     // of CPU time
)

// Write calls source with where to write a GeoJSON text sequence and writes the
// file made of it to out. Without ogr2ogr it returns an error of
// KindUnavailable.
func (f OGR) Write(ctx context.Context, l Layer, source func(io.Writer) error, out io.Writer) error {
	dir, err := os.MkdirTemp("", "kvartal-export-")
	if err != nil {
		return fmt.Errorf("make a folder for an export: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := writeFile(filepath.Join(dir, "data.geojsonl"), source); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "data.vrt"), l.vrt(), 0o600); err != nil {
		return fmt.Errorf("describe an export: %w", err)
	}
	made := "out." + f.Extension
	if err := f.run(ctx, dir, made); err != nil {
		return err
	}
	file, err := os.Open(filepath.Join(dir, made))
	if err != nil {
		return fmt.Errorf("open an export: %w", err)
	}
	defer file.Close()
	if _, err := io.Copy(out, file); err != nil {
		return fmt.Errorf("send an export: %w", err)
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write an export: %w", err)
	}
	if err := write(file); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write an export: %w", err)
	}
	return nil
}

// run runs ogr2ogr within its bounds.
func (f OGR) run(ctx context.Context, dir, made string) error {
	program, err := exec.LookPath("ogr2ogr")
	if err != nil {
		return kvartal.Errorf(kvartal.KindUnavailable, "this server cannot write %s: its administrator must install GDAL (gdal-bin)", f.Driver)
	}
	limiter, err := exec.LookPath("prlimit")
	if err != nil {
		return kvartal.Errorf(kvartal.KindUnavailable, "this server cannot write %s: its administrator must install util-linux", f.Driver)
	}
	args := []string{
		fmt.Sprintf("--as=%d", ogrMemory), fmt.Sprintf("--fsize=%d", ogrDisk), fmt.Sprintf("--cpu=%d", ogrSeconds), "--core=0",
		program, "-q", "-f", f.Driver, made, "data.vrt",
	}
	cmd := exec.CommandContext(ctx, limiter, append(args, f.Options...)...)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "LC_ALL=C.UTF-8", "CPL_TMPDIR=" + dir, "OGR_GEOJSON_MAX_OBJ_SIZE=0"}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("ogr2ogr: %w", ctx.Err())
		}
		return fmt.Errorf("ogr2ogr: %w: %.500s", err, said.String())
	}
	return nil
}

// vrt describes the sequence to GDAL, types and all: left alone it would guess
// them from the values.
func (l Layer) vrt() []byte {
	var b strings.Builder
	b.WriteString(`<OGRVRTDataSource><OGRVRTLayer name="` + escapeXML(l.Name) + `"><SrcDataSource relativeToVRT="1">data.geojsonl</SrcDataSource><SrcLayer>data</SrcLayer>`)
	fmt.Fprintf(&b, "<GeometryType>%s</GeometryType>", vrtGeometry(l.Geometry))
	if l.Geometry != layers.NoGeometry {
		fmt.Fprintf(&b, "<LayerSRS>%s</LayerSRS>", escapeXML(l.CRS))
	}
	for _, f := range l.Fields {
		fmt.Fprintf(&b, `<Field name="%s" src="%s" %s/>`, escapeXML(cmp.Or(l.Titles[f.Name], f.Name)), escapeXML(f.Name), vrtType(f.Type))
	}
	b.WriteString("</OGRVRTLayer></OGRVRTDataSource>")
	return []byte(b.String())
}

func vrtGeometry(g layers.Geometry) string {
	switch g {
	case "point":
		return "wkbPoint"
	case "multipoint":
		return "wkbMultiPoint"
	case "linestring":
		return "wkbLineString"
	case "multilinestring":
		return "wkbMultiLineString"
	case "polygon":
		return "wkbPolygon"
	case "multipolygon":
		return "wkbMultiPolygon"
	case layers.NoGeometry:
		return "wkbNone"
	}
	return "wkbUnknown"
}

func vrtType(t layers.FieldType) string {
	switch t {
	case layers.TypeInteger:
		return `type="Integer64"`
	case layers.TypeNumber, layers.TypeDecimal:
		return `type="Real"`
	case layers.TypeBoolean:
		return `type="Integer" subtype="Boolean"`
	case layers.TypeDate:
		return `type="Date"`
	case layers.TypeTimestamp:
		return `type="DateTime"`
	}
	return `type="String"`
}

func escapeXML(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}
