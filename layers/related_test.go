package layers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

// plots, houses, pipes and leases are linked in every way there is.
func linkedLayers() map[string]string {
	layer := func(id, geometry, more string) string {
		return fmt.Sprintf("id: %s\ntitle: {ru: Слой, en: %s, ky: Катмар}\ngroup: furniture\ngeometry: %s\ncrs: EPSG:32643\nlabel: number\nkey: [number]\n%s\nrights: {public: [see, query]}\n",
			id, id, geometry, strings.TrimSpace(more))
	}
	number := "fields:\n  - {name: number, type: text, title: " + title + "}\n"
	return map[string]string{
		"plots": layer("plots", "polygon", number),
		"houses": layer("houses", "polygon", number+`links:
  - {layer: plots, place: within}
  - {layer: pipes, place: near, distance: 20, title: {ru: Сети рядом, en: Pipes nearby, ky: Жанындагы түтүктөр}, reverse: {ru: Дома рядом, en: Houses nearby, ky: Жанындагы үйлөр}}`),
		"zones": layer("zones", "polygon", number+"links:\n  - {layer: plots, place: intersects}"),
		"pipes": layer("pipes", "linestring", number),
		"leases": layer("leases", "none", number+`  - {name: plot, type: text, title: `+title+`}
  - {name: tenant, type: text, personal: true, title: `+title+`}
links:
  - {layer: plots, equal: {plot: number}}
  - {layer: plots, name: neighbours, equal: {tenant: number}}`),
	}
}

func openLinked(t *testing.T) city {
	t.Helper()
	c := openCity(t, linkedLayers())
	c.sync(t)
	square := func(table, number string, x, y, size float64) {
		c.exec(t, "INSERT INTO layer."+table+" (number, geom) VALUES ($1, ST_SetSRID(ST_MakeEnvelope($2, $3, $4, $5), 32643))", number, 500000+x, 4750000+y, 500000+x+size, 4750000+y+size)
	}
	square("plots", "P1", 0, 0, 100)
	square("plots", "P2", 100, 0, 100) // shares an edge with P1
	square("houses", "H1", 10, 10, 20)
	square("houses", "H2", 85, 10, 20) // reaches over into P2 by a quarter
	square("houses", "H3", 150, 50, 20)
	square("zones", "Z1", 50, 50, 40)
	square("zones", "Z2", -100, 0, 100) // shares an edge with P1 only
	pipe := "INSERT INTO layer.pipes (number, geom) VALUES ($1, ST_SetSRID(ST_MakeLine(ST_MakePoint($2, $3), ST_MakePoint($4, $5)), 32643))"
	c.exec(t, pipe, "far", 500000, 4750000+51, 500200, 4750000+51)
	c.exec(t, pipe, "near", 500000, 4750000-5, 500200, 4750000-5)
	c.exec(t, pipe, "nearer", 500000, 4750000+5, 500200, 4750000+5)
	for _, lease := range []string{"L2", "L1"} {
		c.exec(t, "INSERT INTO layer.leases (number, plot, tenant) VALUES ($1, 'P1', 'P2')", lease)
	}
	return c
}

// follow returns the labels that a relation leads to.
func (c city) follow(t *testing.T, from kvartal.LayerID, relation, number string) (labels []string, total int) {
	t.Helper()
	v := c.all(t, from)
	all := func(d *layers.Definition) view.View { return c.all(t, d.ID) }
	relations := c.Relations(v, all)
	i := slices.IndexFunc(relations, func(r layers.Relation) bool { return r.Name == relation })
	if i < 0 {
		t.Fatalf("Relations of %s = %v, want %s", from, relations, relation)
	}
	id := query[kvartal.FeatureID](t, c, "SELECT id FROM layer."+string(from)+" WHERE number = $1", number)
	related, err := c.Related(t.Context(), v, c.all(t, relations[i].To.ID), relations[i], id, 10)
	if err != nil {
		t.Fatalf("Related %s of %s = %v", relation, number, err)
	}
	for _, b := range related.Features {
		labels = append(labels, relations[i].To.NameOf(b.Values, "ru"))
	}
	return labels, related.Total
}

func TestRelationsAreFollowedFromBothSides(t *testing.T) {
	t.Parallel()
	c := openLinked(t)
	for _, test := range []struct {
		from     kvartal.LayerID
		relation string
		number   string
		want     string
	}{
		{"leases", "plots", "L1", "P1"},
		{"plots", "leases", "P1", "L1 L2"},
		{"plots", "leases", "P2", ""},
		{"plots", "neighbours", "P2", "L1 L2"},
		{"houses", "plots", "H1", "P1"},
		{"houses", "plots", "H2", "P1"},
		{"plots", "houses", "P1", "H1 H2"},
		{"plots", "houses", "P2", "H3"},
		{"plots", "zones", "P1", "Z1"},
		{"zones", "plots", "Z1", "P1"},
		{"zones", "plots", "Z2", ""},
		{"houses", "pipes", "H1", "nearer near"},
		{"houses", "pipes", "H3", "far"},
		{"pipes", "houses", "near", "H1 H2"},
	} {
		labels, total := c.follow(t, test.from, test.relation, test.number)
		got := strings.Join(labels, " ")
		if test.relation == "houses" { // equally near ones come in order of id
			slices.Sort(labels)
			got = strings.Join(labels, " ")
		}
		if got != test.want || total != len(labels) {
			t.Errorf("%s of %s %s = %q (%d), want %q", test.relation, test.from, test.number, got, total, test.want)
		}
	}
}

func TestRelationsObeyBothViews(t *testing.T) {
	t.Parallel()
	c := openLinked(t)
	public := func(d *layers.Definition) view.View { return d.View(kvartal.Public) }
	names := func(from view.View, of func(*layers.Definition) view.View) string {
		var out []string
		for _, r := range c.Relations(from, of) {
			out = append(out, r.Name)
		}
		return strings.Join(out, " ")
	}
	leases, err := c.Registry().Layer("leases")
	if err != nil {
		t.Fatal(err)
	}
	if got := names(public(leases), public); got != "plots" {
		t.Errorf("relations of leases for the public = %q, want plots: the tenant is hidden", got)
	}
	plots, err := c.Registry().Layer("plots")
	if err != nil {
		t.Fatal(err)
	}
	if got := names(public(plots), public); got != "houses leases zones" {
		t.Errorf("relations of plots for the public = %q, want houses leases zones", got)
	}
	none := func(d *layers.Definition) view.View {
		return view.New(d.ID, []view.Action{view.See}, []string{"number", "plot"})
	}
	if got := names(public(plots), none); got != "" {
		t.Errorf("relations to layers that may not be queried = %q, want none", got)
	}
	r := c.Relations(public(plots), public)[1]
	if _, err := c.Related(t.Context(), public(plots), none(r.To), r, 1, 10); kvartal.KindOf(err) != kvartal.KindForbidden {
		t.Errorf("Related without the right = %v, want KindForbidden", err)
	}
}

func TestLinkedAttributesHaveAnIndex(t *testing.T) {
	t.Parallel()
	c := openLinked(t)
	got := query[string](t, c, "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'layer' AND indexname LIKE '%\\_link'")
	if want := "leases_plot_link leases_tenant_link"; got != want {
		t.Errorf("indexes of links = %q, want %q: number has the index of the key", got, want)
	}
}

func TestMistakesInLinksNameTheirLine(t *testing.T) {
	t.Parallel()
	for links, want := range map[string]string{
		"{layer: shrubs, place: within}":                           `there is no layer "shrubs"`,
		"{layer: benches, equal: {colour: number}}":                `no field "colour"`,
		"{layer: benches, equal: {number: colour}}":                `no field "colour"`,
		"{layer: benches, equal: {number: seats}}":                 "cannot be equal",
		"{layer: benches, place: near}":                            "distance",
		"{layer: benches, place: within, distance: 5}":             "distance",
		"{layer: benches}":                                         "equal",
		"{layer: benches, place: within, equal: {number: number}}": "oneOf",
		"{layer: benches, place: beside}":                          "place",
		"{layer: benches, name: x, equal: {number: number}}\n  - {layer: benches, name: x, place: within}": "two links called",
	} {
		text := strings.Replace(benches, "rights:", "links:\n  - "+links+"\nrights:", 1)
		_, err := layers.Load(source(map[string]string{"benches": text}))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "layer.yaml:2") {
			t.Errorf("Load with links %s = %v, want an error with its line and %q", links, err, want)
		}
	}
}
