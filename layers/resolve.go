package layers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvartal"
	"kvartal/cql2"
	"kvartal/postgres"
	"kvartal/view"
)

// PrincipalName is what the filter of a grant calls the name of who asks, as in
// contractor = principal.name.
const PrincipalName = "principal.name"

// Resolve puts into a grant what holds of it now for a principal: its name in the
// place of PrincipalName, and in the place of an area that is a feature the
// geometry that the feature has, in the storage CRS of the grant's layer, less the
// width of a border, so that neighbours that share it stay out even where both
// were measured on their own. The result fits Rule. Errors are of KindInvalid where the grant cannot hold.
func (s *Store) Resolve(ctx context.Context, g view.Grant, principal string) (view.Grant, error) {
	var err error
	if strings.Contains(g.Filter, PrincipalName) {
		if g.Filter, err = namedFilter(g, principal); err != nil {
			return g, err
		}
	}
	layer, feature, ok := g.FeatureArea()
	if !ok {
		return g, nil
	}
	d, err := s.reg.Layer(g.Layer)
	if err != nil {
		return g, err
	}
	g.Area, err = s.areaOf(ctx, d, layer, feature)
	return g, err
}

// namedFilter is the filter of a grant for one principal.
func namedFilter(g view.Grant, principal string) (string, error) {
	filter, err := cql2.ParseText(g.Filter, cql2.DefaultLimits())
	if err != nil {
		return "", kvartal.Within(err, "filter")
	}
	named, found := replaced(filter, principal)
	if !found {
		return g.Filter, nil // it stands in a text
	}
	if principal == "" {
		return "", kvartal.Errorf(kvartal.KindInvalid, "the public has no name: give grants with %s to other roles", PrincipalName).In("filter")
	}
	return cql2.Text(named), nil
}

// replaced is an expression with the name of a principal in it, and whether there
// was a place for it.
func replaced(e cql2.Expr, principal string) (cql2.Expr, bool) {
	found := false
	all := func(args []cql2.Expr) []cql2.Expr {
		out := make([]cql2.Expr, len(args))
		for i, arg := range args {
			var some bool
			out[i], some = replaced(arg, principal)
			found = found || some
		}
		return out
	}
	switch e := e.(type) {
	case *cql2.Property:
		if e.Name == PrincipalName {
			return &cql2.String{At: e.At, Value: principal}, true
		}
	case *cql2.Op:
		return &cql2.Op{At: e.At, Name: e.Name, Args: all(e.Args)}, found
	case *cql2.Call:
		return &cql2.Call{At: e.At, Name: e.Name, Args: all(e.Args)}, found
	case *cql2.Array:
		return &cql2.Array{At: e.At, Items: all(e.Items)}, found
	}
	return e, found
}

// borderWidth is how far the borders of neighbours may lie apart or overlap, in
// the units of a CRS: a centimetre; nothing in degrees.
func (s *Store) borderWidth(srid kvartal.SRID) float64 {
	if slices.ContainsFunc(s.CRSs(), func(c CRS) bool { return c.SRID == srid && c.Geographic }) {
		return 0
	}
	return 0.01
}

// areaOf is the geometry of a feature as WKT with the SRID of a layer before it.
func (s *Store) areaOf(ctx context.Context, d *Definition, layer kvartal.LayerID, feature kvartal.FeatureID) (string, error) {
	wrong := kvartal.Errorf(kvartal.KindInvalid, "the area is not there: layer %q has no polygon %d", layer, feature).In("area")
	of, err := s.reg.Layer(layer)
	if err != nil || of.Geometry.Dimension() != 2 {
		return "", wrong
	}
	var area string
	err = s.pool.QueryRow(ctx, fmt.Sprintf(`
		SELECT ST_AsText(CASE WHEN ST_IsEmpty(inner_part) THEN whole ELSE inner_part END, 17)
		FROM %s CROSS JOIN ST_Transform(geom, %d) AS whole CROSS JOIN ST_Buffer(whole, $2, 'join=mitre') AS inner_part
		WHERE id = $1 AND NOT ST_IsEmpty(whole)`, s.Table(of), s.SRID(d)), int64(feature), -s.borderWidth(s.SRID(d))).Scan(&area)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", wrong
	}
	if err != nil {
		return "", postgres.Translate(err, "read the area of a grant")
	}
	return fmt.Sprintf("SRID=%d;%s", s.SRID(d), area), nil
}
