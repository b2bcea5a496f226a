package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"kvartal"
)

// Source is a folder of definition folders.
type Source struct {
	Name string // shown in messages
	FS   fs.FS
}

// Group is a heading of the layer tree. Its id also names all its layers at
// once wherever a request takes layer names.
type Group struct {
	ID    string `yaml:"id"`
	Title Text   `yaml:"title"`
	// Metadata is that of its layers where they have none of their own.
	Metadata Metadata `yaml:"metadata"`
}

// Registry holds the definitions of all layers. It does not change once loaded
// and may be read concurrently.
type Registry struct {
	groups []Group
	layers []*Definition // in order of group, then id
	byID   map[kvartal.LayerID]*Definition
}

// Load reads the definitions of all sources; a later source may add groups and
// layers, not redefine them. Errors are of KindInvalid and name file and line,
// one complaint a line.
func Load(sources ...Source) (*Registry, error) {
	r := &Registry{byID: map[kvartal.LayerID]*Definition{}}
	schema := compileSchema()
	var complaints []error
	for _, src := range sources {
		if err := r.addGroups(src); err != nil {
			complaints = append(complaints, err)
			continue
		}
		dirs, err := fs.ReadDir(src.FS, ".")
		if err != nil {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "the layer definitions in %s cannot be read: check the folder and its permissions", src.Name).Because(err)
		}
		for _, dir := range dirs {
			if !dir.IsDir() || strings.HasPrefix(dir.Name(), ".") {
				continue
			}
			d, err := readDefinition(src, dir.Name(), schema)
			if err == nil {
				err = r.add(d)
			}
			complaints = append(complaints, err)
		}
	}
	if err := errors.Join(complaints...); err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s", err)
	}
	if err := errors.Join(append(r.link(), r.live()...)...); err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s", err)
	}
	slices.SortStableFunc(r.layers, func(a, b *Definition) int { return r.groupIndex(a.Group) - r.groupIndex(b.Group) })
	return r, nil
}

func (r *Registry) addGroups(src Source) error {
	b, err := readLimited(src.FS, "groups.yaml", path.Join(src.Name, "groups.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var groups []Group
	if err := yaml.UnmarshalWithOptions(b, &groups, yaml.Strict()); err != nil {
		return yamlError(path.Join(src.Name, "groups.yaml"), err)
	}
	if err := checkGroupMetadata(path.Join(src.Name, "groups.yaml"), b); err != nil {
		return err
	}
	for i, g := range groups {
		if _, err := kvartal.ParseLayerID(g.ID); err != nil {
			return kvartal.Errorf(kvartal.KindInvalid, "%s/groups.yaml: group %d: %v", src.Name, i+1, err)
		}
		if r.groupIndex(g.ID) >= 0 {
			return kvartal.Errorf(kvartal.KindInvalid, "%s/groups.yaml: group %q is defined twice", src.Name, g.ID)
		}
		r.groups = append(r.groups, g)
	}
	return nil
}

func (r *Registry) add(d *Definition) error {
	if earlier, ok := r.byID[d.ID]; ok {
		return kvartal.Errorf(kvartal.KindInvalid, "%s/layer.yaml:1: layer %q is already defined in %s", d.Path, d.ID, earlier.Path)
	}
	if r.groupIndex(d.Group) < 0 {
		return kvartal.Errorf(kvartal.KindInvalid, "%s/layer.yaml:1: there is no group %q: add it to groups.yaml", d.Path, d.Group)
	}
	if r.groupIndex(string(d.ID)) >= 0 {
		return kvartal.Errorf(kvartal.KindInvalid, "%s/layer.yaml:1: %q is the name of a group: layers and groups share their names", d.Path, d.ID)
	}
	d.Metadata = d.Metadata.or(r.groups[r.groupIndex(d.Group)].Metadata)
	r.byID[d.ID] = d
	r.layers = append(r.layers, d)
	return nil
}

func (r *Registry) groupIndex(id string) int {
	return slices.IndexFunc(r.groups, func(g Group) bool { return g.ID == id })
}

// Groups returns the groups in the order of the layer tree.
func (r *Registry) Groups() []Group { return r.groups }

// Layers returns all definitions in the order of the layer tree.
func (r *Registry) Layers() []*Definition { return r.layers }

// Layer returns the definition of a layer, or an error of KindNotFound.
func (r *Registry) Layer(id kvartal.LayerID) (*Definition, error) {
	if d, ok := r.byID[id]; ok {
		return d, nil
	}
	return nil, kvartal.Errorf(kvartal.KindNotFound, "there is no layer %.60q", id)
}

// Expand resolves a comma-separated list of layer and group names, as in
// "base,parcels", to definitions without repetition. Unknown names are errors
// of KindNotFound.
func (r *Registry) Expand(names string) ([]*Definition, error) {
	var out []*Definition
	for name := range strings.SplitSeq(names, ",") {
		found := r.named(name)
		if found == nil {
			return nil, kvartal.Errorf(kvartal.KindNotFound, "there is no layer or group %.60q", name)
		}
		for _, d := range found {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out, nil
}

func (r *Registry) named(name string) []*Definition {
	if d, ok := r.byID[kvartal.LayerID(name)]; ok {
		return []*Definition{d}
	}
	var out []*Definition
	for _, d := range r.layers {
		if d.Group == name {
			out = append(out, d)
		}
	}
	return out
}

// String describes the registry for logs.
func (r *Registry) String() string {
	return fmt.Sprintf("%d layers in %d groups", len(r.layers), len(r.groups))
}
