package layers

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/goccy/go-yaml"

	"kvartal"
	"kvartal/postgres"
)

// Metadata says whose the data of a layer is and what it is good for, in terms of
// ISO 19115-1. What a definition leaves out is taken from its group.
type Metadata struct {
	Owner   Text    `yaml:"owner"`
	Contact Contact `yaml:"contact"`
	Licence Licence `yaml:"licence"`
	// UpdateFrequency is a MD_MaintenanceFrequencyCode.
	UpdateFrequency string `yaml:"update_frequency"`
	Lineage         Text   `yaml:"lineage"` // where the data comes from
	Quality         Text   `yaml:"quality"` // what may be expected of it
}

// Contact is where to ask about a layer.
type Contact struct {
	Email string `yaml:"email"`
	Phone string `yaml:"phone"`
	URL   string `yaml:"url"`
}

// Licence says what others may do with the data.
type Licence struct {
	ID  string `yaml:"id"` // of SPDX, or a name
	URL string `yaml:"url"`
}

// or fills what m leaves out.
func (m Metadata) or(other Metadata) Metadata {
	return Metadata{
		Owner:           cmp.Or(m.Owner, other.Owner),
		Contact:         cmp.Or(m.Contact, other.Contact),
		Licence:         cmp.Or(m.Licence, other.Licence),
		UpdateFrequency: cmp.Or(m.UpdateFrequency, other.UpdateFrequency),
		Lineage:         cmp.Or(m.Lineage, other.Lineage),
		Quality:         cmp.Or(m.Quality, other.Quality),
	}
}

// checkGroupMetadata holds the metadata of groups to the schema of layers.
func checkGroupMetadata(path string, b []byte) error {
	var groups []map[string]any
	if err := yaml.Unmarshal(b, &groups); err != nil {
		return yamlError(path, err)
	}
	schema := compileSchemaAt("layer.schema.json#/$defs/metadata")
	for _, g := range groups {
		metadata, given := g["metadata"]
		if !given {
			continue
		}
		text, err := json.Marshal(metadata)
		if err == nil {
			var plain any // with JSON's own types
			if err = json.Unmarshal(text, &plain); err == nil {
				err = schema.Validate(plain)
			}
		}
		if err != nil {
			return kvartal.Errorf(kvartal.KindInvalid, "%s: the metadata of group %q: %v", path, g["id"], err)
		}
	}
	return nil
}

// demoSource names, in the history of layers, the register that was made up.
const demoSource = "demo"

// MadeUp reports whether rows of a layer were generated for demonstration: its
// catalogue entry must say so.
func (s *Store) MadeUp(ctx context.Context, d *Definition) (bool, error) {
	if !s.table(d).stamped() {
		return false, nil
	}
	var found bool
	err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM kvartal.changeset WHERE source = $1)
		AND EXISTS (SELECT FROM `+s.Table(d)+` AS t JOIN kvartal.changeset AS c ON c.id = t.changeset WHERE c.source = $1)`, demoSource).Scan(&found)
	return found, postgres.Translate(err, "look up who made layer "+string(d.ID))
}
