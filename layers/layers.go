// Package layers knows what the layers of the city are and keeps their rows.
//
// A layer is a folder with a definition (layer.yaml), a style fragment and a
// small sample; package layers reads the definitions, makes the typed tables
// they describe, writes changesets with history into them and reads features
// back through a View. It does not draw: tiles and styles are other packages.
package layers

import (
	"embed"
	"io/fs"
)

//go:embed all:defs
var builtin embed.FS

//go:embed layer.schema.json
var schemaJSON []byte

// Builtin returns the definitions that come with the program.
func Builtin() Source {
	defs, err := fs.Sub(builtin, "defs")
	if err != nil {
		panic(err) // the folder is embedded: cannot happen
	}
	return Source{Name: "layers/defs", FS: defs}
}

// Schema returns the JSON Schema of layer.yaml, for editors' completion.
func Schema() []byte { return schemaJSON }
