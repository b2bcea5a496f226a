package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kvartal"
	"kvartal/cql2"
	"kvartal/layers"
	"kvartal/view"
)

const (
	// maxTableRows is the most rows of one answer.
	maxTableRows     = 500
	defaultTableRows = 100
)

type tableAnswer struct {
	Total   int      `json:"total"`
	Offset  int      `json:"offset"`
	Columns []string `json:"columns"`
	// Rows are the id of a feature, then a value for each column.
	Rows [][]any `json:"rows"`
}

// table answers /table/{layer}: a part of the attribute table of a layer, sorted
// and filtered. Codes are as they are stored.
func (s *Server) table(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "sortby", "filter", "bbox", "offset", "limit", "lang", "columns", "ids"); err != nil {
		return err
	}
	v, q, err := s.tableQuery(r, city)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	offset, err := whole(query, "offset", 0, 0, layers.MaxListed)
	if err != nil {
		return err
	}
	var rows layers.Rows
	if query.Has("ids") {
		var ids []kvartal.FeatureID
		if ids, err = featureIDs(query.Get("ids")); err == nil {
			rows, err = city.Tables.Some(r.Context(), v, q, ids)
		}
	} else {
		rows, err = city.Tables.Rows(r.Context(), v, q, offset)
	}
	if err != nil {
		return err
	}
	return respondJSON(w, r, "application/json", newTableAnswer(rows, offset))
}

func newTableAnswer(rows layers.Rows, offset int) tableAnswer {
	answer := tableAnswer{Total: rows.Total, Offset: offset, Columns: rows.Columns, Rows: make([][]any, len(rows.Rows))}
	for i, row := range rows.Rows {
		values := append(make([]any, 0, 1+len(row.Values)), row.ID)
		for _, value := range row.Values {
			if t, ok := value.(time.Time); ok {
				value = formatTime(t)
			}
			values = append(values, value)
		}
		answer.Rows[i] = values
	}
	return answer
}

type positionAnswer struct {
	Offset int `json:"offset"`
}

// tablePosition answers /table/{layer}/position: where in a table a feature is.
func (s *Server) tablePosition(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "id", "sortby", "filter", "bbox", "lang"); err != nil {
		return err
	}
	v, q, err := s.tableQuery(r, city)
	if err != nil {
		return err
	}
	id, err := featureID(r, "id")
	if err != nil {
		return err
	}
	offset, err := city.Tables.Position(r.Context(), v, q, id)
	if err != nil {
		return err
	}
	return respondJSON(w, r, "application/json", positionAnswer{offset})
}

// tableQuery reads which features a table shows, in which order.
func (s *Server) tableQuery(r *http.Request, city *City) (view.View, layers.Query, error) {
	q := layers.Query{Budget: s.config.FilterBudget}
	name, err := variable(r, "layer")
	if err != nil {
		return view.View{}, q, err
	}
	d, err := city.Store.Registry().Layer(kvartal.LayerID(name))
	if err != nil {
		return view.View{}, q, err
	}
	v := viewOf(r, d)
	if err := v.Require(view.Query); err != nil {
		return v, q, err
	}
	v = v.For(view.Query)
	if _, err := lang(r); err != nil {
		return v, q, err
	}
	query := r.URL.Query()
	if q.Limit, err = whole(query, "limit", defaultTableRows, 1, maxTableRows); err != nil {
		return v, q, err
	}
	if query.Get("sortby") != "" {
		if q.Sort, err = layers.ParseSort(query.Get("sortby")); err != nil {
			return v, q, err
		}
	}
	if query.Get("filter") != "" {
		if q.Filter, err = tableFilter(city, d, v, query.Get("filter")); err != nil {
			return v, q, err
		}
	}
	if query.Get("bbox") != "" {
		box, err := parseBBox(query.Get("bbox"))
		if err != nil {
			return v, q, err
		}
		q.BBox = &layers.Box{Bound: box}
	}
	q.Properties, err = tableColumns(d, v, query.Get("columns"))
	return v, q, err
}

// tableFilter reads a filter in CQL2 text.
func tableFilter(city *City, d *layers.Definition, v view.View, text string) (*cql2.Filter, error) {
	expression, err := cql2.ParseText(text, cql2.DefaultLimits())
	if err != nil {
		return nil, kvartal.Within(err, "filter")
	}
	filter, err := cql2.Check(expression, city.Store.CQL2Scope(d, v))
	if err != nil {
		return nil, kvartal.Within(err, "filter")
	}
	return filter, nil
}

// tableColumns reads the attributes to show; nil stands for all.
func tableColumns(d *layers.Definition, v view.View, names string) ([]string, error) {
	if names == "" {
		return nil, nil
	}
	columns := strings.Split(names, ",")
	for i, name := range columns {
		if _, ok := d.Field(name); !ok || !v.Readable(name) {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "layer %q has no attribute %.60q", d.ID, name).In("columns")
		}
		if slices.Contains(columns[:i], name) {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "columns names %q twice", name).In("columns")
		}
	}
	return columns, nil
}

// whole reads a whole number within bounds, or usual if it is absent.
func whole(query url.Values, name string, usual, lowest, highest int) (int, error) {
	if !query.Has(name) {
		return usual, nil
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < lowest || n > highest {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "%s is %.40q: want a whole number from %d to %d", name, query.Get(name), lowest, highest).In(name)
	}
	return n, nil
}

// featureID reads the id of a feature from the query.
func featureID(r *http.Request, name string) (kvartal.FeatureID, error) {
	id, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	if err != nil || id < 1 {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "%s is %.40q: want the id of a feature", name, r.URL.Query().Get(name)).In(name)
	}
	return kvartal.FeatureID(id), nil
}

// featureIDs reads a list of ids.
func featureIDs(text string) ([]kvartal.FeatureID, error) {
	var ids []kvartal.FeatureID
	for part := range strings.SplitSeq(text, ",") {
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil || id < 1 || len(ids) == maxTableRows {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "ids is %.60q: want up to %d ids of features", text, maxTableRows).In("ids")
		}
		ids = append(ids, kvartal.FeatureID(id))
	}
	return ids, nil
}
