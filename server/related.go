package server

import (
	"context"
	"net/http"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"kvartal"
	"kvartal/layers"
	"kvartal/view"
)

const (
	// relatedPerRelation is how many features of one relation an answer holds.
	relatedPerRelation = 20
	// relatedAtOnce bounds the statements of one request that run at a time.
	relatedAtOnce = 4
)

type relatedAnswer struct {
	Groups []relatedGroup `json:"groups"`
	// Errors names the relations that could not be followed; the others are complete.
	Errors []failedLayer `json:"errors"`
}

type relatedGroup struct {
	Relation string           `json:"relation"`
	Title    string           `json:"title"`
	Layer    kvartal.LayerID  `json:"layer"`
	Total    int              `json:"total"` // at most layers.MaxRelated
	Features []relatedFeature `json:"features"`
}

type relatedFeature struct {
	Layer kvartal.LayerID   `json:"layer"`
	ID    kvartal.FeatureID `json:"id"`
	Title string            `json:"title"`
	Point *orb.Point        `json:"point"` // longitude, latitude
	BBox  *[4]float64       `json:"bbox"`
}

// related answers /related: the features of other layers that belong to one, by
// the links of the definitions. Relations that lead nowhere are left out.
func (s *Server) related(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "layer", "id", "lang"); err != nil {
		return err
	}
	language, err := lang(r)
	if err != nil {
		return err
	}
	id, err := featureID(r, "id")
	if err != nil {
		return err
	}
	d, err := city.Store.Registry().Layer(kvartal.LayerID(r.URL.Query().Get("layer")))
	if err != nil {
		return err
	}
	from := viewOf(r, d)
	if _, err := city.Store.Item(r.Context(), from, id); err != nil {
		return err
	}
	relations := relationsFrom(r, city, from)
	found := make([]layers.Related, len(relations))
	failed := make([]error, len(relations))
	var group errgroup.Group
	group.SetLimit(relatedAtOnce)
	for i, relation := range relations {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(r.Context(), layerTimeout)
			defer cancel()
			found[i], failed[i] = city.Store.Related(ctx, from, viewOf(r, relation.To), relation, id, relatedPerRelation)
			return nil
		})
	}
	_ = group.Wait() // failures stay with their relation
	answer := relatedAnswer{Groups: []relatedGroup{}, Errors: []failedLayer{}}
	for i, relation := range relations {
		if failed[i] != nil {
			s.config.Log.WarnContext(r.Context(), "a relation could not be followed", "layer", d.ID, "relation", relation.Name, "error", failed[i])
			answer.Errors = append(answer.Errors, newFailedLayer(relation.To.ID, relation.Title, failed[i], language))
		} else if found[i].Total > 0 {
			answer.Groups = append(answer.Groups, newRelatedGroup(relation, found[i], language))
		}
	}
	return respondJSON(w, r, "application/json", answer)
}

// relationsFrom returns the relations that a principal may follow.
func relationsFrom(r *http.Request, city *City, from view.View) []layers.Relation {
	return city.Store.Relations(from, func(d *layers.Definition) view.View { return viewOf(r, d) })
}

func newRelatedGroup(relation layers.Relation, found layers.Related, language string) relatedGroup {
	g := relatedGroup{
		Relation: relation.Name, Title: relation.Title.In(language), Layer: relation.To.ID,
		Total: found.Total, Features: []relatedFeature{},
	}
	for _, b := range found.Features {
		g.Features = append(g.Features, relatedFeature{
			Layer: relation.To.ID, ID: b.ID, Title: relation.To.NameOf(b.Values, language), Point: rounded(b.Point), BBox: corners(b.Bound),
		})
	}
	return g
}
