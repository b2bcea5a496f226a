package layers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"kvartal"
)

// maxDefinition bounds layer.yaml, style.json and sample.geojson, in bytes.
const maxDefinition = 1 << 20

// document is a YAML file on its way to becoming a definition: it knows the
// line of each of its values, so that every complaint can name it.
type document struct {
	path  string
	bytes []byte
	root  ast.Node
}

func parseDocument(path string, b []byte) (*document, error) {
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil, yamlError(path, err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s:1: want one YAML document, got %d", path, len(file.Docs))
	}
	return &document{path: path, bytes: b, root: file.Docs[0].Body}, nil
}

// yamlError keeps the position and the first line of what the parser says.
func yamlError(path string, err error) error {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		return kvartal.Errorf(kvartal.KindInvalid, "%s:%d: %s", path, e.GetToken().Position.Line, e.GetMessage())
	}
	return kvartal.Errorf(kvartal.KindInvalid, "%s: %s", path, firstLine(err.Error()))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// complaints collects everything wrong with a document, so that its author
// mends it in one go.
type complaints struct {
	doc   *document
	lines []string
}

// at complains about the value at a path of keys and indexes.
func (c *complaints) at(where []string, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(where) > 0 {
		text = strings.Join(where, ".") + ": " + text
	}
	c.lines = append(c.lines, fmt.Sprintf("%s:%d: %s", c.doc.path, lineOf(c.doc.root, where), text))
}

func (c *complaints) err() error {
	if len(c.lines) == 0 {
		return nil
	}
	return kvartal.Errorf(kvartal.KindInvalid, "%s", strings.Join(c.lines, "\n"))
}

// lineOf finds the line of the value at where, or of the last part of the path
// that exists.
func lineOf(node ast.Node, where []string) int {
	line := node.GetToken().Position.Line
	for _, step := range where {
		node, line = child(node, step, line)
		if node == nil {
			break
		}
	}
	return line
}

// says reports whether the document has a value at a path of keys and indexes.
func (c *complaints) says(where []string) bool {
	node := c.doc.root
	for _, step := range where {
		if node, _ = child(node, step, 0); node == nil {
			return false
		}
	}
	return true
}

func child(node ast.Node, step string, line int) (ast.Node, int) {
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			if v.Key.GetToken().Value == step {
				return v.Value, v.Key.GetToken().Position.Line
			}
		}
	case *ast.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i < len(n.Values) {
			return n.Values[i], n.Values[i].GetToken().Position.Line
		}
	}
	return nil, line
}

// compileSchema compiles layer.schema.json.
func compileSchema() *jsonschema.Schema { return compileSchemaAt("layer.schema.json") }

func compileSchemaAt(part string) *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		panic(fmt.Sprintf("layer.schema.json: %v", err))
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("layer.schema.json", doc); err != nil {
		panic(fmt.Sprintf("layer.schema.json: %v", err))
	}
	return c.MustCompile(part)
}

// check reports every place where the document does not obey schema.
func (d *document) check(schema *jsonschema.Schema) error {
	var value any
	if err := yaml.Unmarshal(d.bytes, &value); err != nil {
		return yamlError(d.path, err)
	}
	// Through JSON, so that the schema sees JSON's own types.
	b, err := json.Marshal(value)
	if err != nil {
		return kvartal.Errorf(kvartal.KindInvalid, "%s: %v", d.path, err)
	}
	if value, err = jsonschema.UnmarshalJSON(bytes.NewReader(b)); err != nil {
		return kvartal.Errorf(kvartal.KindInvalid, "%s: %v", d.path, err)
	}
	c := complaints{doc: d}
	var invalid *jsonschema.ValidationError
	if errors.As(schema.Validate(value), &invalid) {
		c.schemaLeaves(invalid, message.NewPrinter(language.English))
	}
	return c.err()
}

func (c *complaints) schemaLeaves(e *jsonschema.ValidationError, p *message.Printer) {
	if unknown, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		for _, name := range unknown.Properties {
			c.at(append(slices.Clone(e.InstanceLocation), name), "is not known here: look for a misspelling")
		}
	} else if len(e.Causes) == 0 {
		c.at(e.InstanceLocation, "%s", e.ErrorKind.LocalizedString(p))
	}
	for _, cause := range e.Causes {
		c.schemaLeaves(cause, p)
	}
}

// readDefinition reads the folder dir of src.
func readDefinition(src Source, dir string, schema *jsonschema.Schema) (*Definition, error) {
	name := path.Join(src.Name, dir, "layer.yaml")
	b, err := readLimited(src.FS, path.Join(dir, "layer.yaml"), name)
	if err != nil {
		return nil, err
	}
	doc, err := parseDocument(name, b)
	if err != nil {
		return nil, err
	}
	if err := doc.check(schema); err != nil {
		return nil, err
	}
	d := Definition{Shown: true, CRS: "city", History: HistoryRows, Tiles: Tiles{MaxZoom: 16, Resident: true, Crowded: CrowdedThin, Detail: 1}, Path: path.Join(src.Name, dir)}
	if err := yaml.UnmarshalWithOptions(b, &d, yaml.Strict()); err != nil {
		return nil, yamlError(name, err)
	}
	if d.Tiles.Layer == "" {
		d.Tiles.Layer = string(d.ID)
	}
	if d.Live != nil {
		d.CRS, d.History, d.Tiles.Resident = "EPSG:4326", HistoryNone, false
	}
	c := complaints{doc: doc}
	c.definition(&d, dir)
	if err := c.err(); err != nil {
		return nil, err
	}
	if d.Style, err = readOptional(src, dir, "style.json"); err != nil {
		return nil, err
	}
	if d.Sample, err = readOptional(src, dir, "sample.geojson"); err != nil {
		return nil, err
	}
	for i := range d.Links {
		d.Links[i].line = lineOf(doc.root, []string{"links", strconv.Itoa(i)})
	}
	d.public = d.grant(kvartal.Public.Roles)
	return &d, nil
}

func readOptional(src Source, dir, file string) ([]byte, error) {
	b, err := readLimited(src.FS, path.Join(dir, file), path.Join(src.Name, dir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

func readLimited(fsys fs.FS, file, shown string) ([]byte, error) {
	info, err := fs.Stat(fsys, file)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s cannot be read: add the file or check its permissions", shown).Because(err)
	}
	if info.Size() > maxDefinition {
		return nil, kvartal.Errorf(kvartal.KindTooLarge, "%s has %d bytes: at most %d", shown, info.Size(), maxDefinition)
	}
	b, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s cannot be read", shown).Because(err)
	}
	return b, nil
}

// reservedFields are the columns every layer table has of its own.
func reservedFields() []string {
	return []string{"id", "geom", "version", "valid_from", "valid_to", "changeset", "closed_by"}
}

// definition checks what the schema cannot say.
func (c *complaints) definition(d *Definition, dir string) {
	if string(d.ID) != dir {
		c.at([]string{"id"}, "is %q, but the folder is called %q: they must be the same", d.ID, dir)
	}
	if d.Tiles.MinZoom > d.Tiles.MaxZoom {
		c.at([]string{"tiles", "min_zoom"}, "%d is above max_zoom %d", d.Tiles.MinZoom, d.Tiles.MaxZoom)
	}
	seen := map[string]bool{}
	for i, f := range d.Fields {
		where := []string{"fields", strconv.Itoa(i)}
		if seen[f.Name] {
			c.at(append(where, "name"), "%q stands twice", f.Name)
		}
		seen[f.Name] = true
		if slices.Contains(reservedFields(), f.Name) {
			c.at(append(where, "name"), "%q is a column of every layer: choose another name", f.Name)
		}
		if f.Name == GeometryProperty {
			c.at(append(where, "name"), "%q is what filters call the place of a feature: choose another name", f.Name)
		}
		c.field(f, where)
	}
	c.live(d)
	c.refersTo(d, []string{"label"}, d.Label)
	c.refersTo(d, []string{"tiles", "zoom_field"}, d.Tiles.ZoomField)
	for i, k := range d.Key {
		c.refersTo(d, []string{"key", strconv.Itoa(i)}, k)
	}
	if f, ok := d.Field(d.Tiles.ZoomField); ok && f.Type != TypeInteger {
		c.at([]string{"tiles", "zoom_field"}, "%q is of type %s: want integer", f.Name, f.Type)
	}
}

func (c *complaints) refersTo(d *Definition, where []string, name string) {
	if name == "" {
		return
	}
	if _, ok := d.Field(name); !ok {
		c.at(where, "there is no field %q", name)
	}
}

func (c *complaints) field(f Field, where []string) {
	numeric := f.Type == TypeInteger || f.Type == TypeNumber || f.Type == TypeDecimal
	if (f.Min != nil || f.Max != nil) && !numeric {
		c.at(where, "min and max are for numbers, %q is of type %s", f.Name, f.Type)
	}
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		c.at(where, "min %v is above max %v", *f.Min, *f.Max)
	}
	if (f.Pattern != "" || f.MaxLength > 0) && f.Type != TypeText {
		c.at(where, "pattern and max_length are for text, %q is of type %s", f.Name, f.Type)
	}
	if f.Pattern != "" {
		if _, err := f.compilePattern(); err != nil {
			c.at(append(where, "pattern"), "%v", err)
		}
	}
	for _, code := range f.Codes {
		if f.Type != TypeText && f.Type != TypeInteger {
			c.at(append(where, "codes"), "a codelist is for text or integer, %q is of type %s", f.Name, f.Type)
			break
		}
		if _, err := strconv.ParseInt(code.Value, 10, 64); f.Type == TypeInteger && err != nil {
			c.at(append(where, "codes", code.Value), "%q is not an integer", code.Value)
		}
	}
}
