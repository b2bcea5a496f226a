package server

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"kvartal/layers"
	"kvartal/tiles"
)

func TestEachReasonIsToldInTheLanguageAskedFor(t *testing.T) {
	t.Parallel()
	d := &layers.Definition{ID: "houses", Title: layers.Text{Ru: "Дома", En: "Houses", Ky: "Үйлөр"}}
	report := tiles.Report{Features: 111, Written: 1, Hidden: 20, TooSmall: 30, Thinned: 60, Bytes: 7}
	for language, want := range map[string][]leftOut{
		"en": {
			{20, "shown at a higher zoom, as the features themselves say"},
			{30, "too small at this zoom"},
			{60, "made room for others near them, or the tile would be too heavy"},
		},
		"ky": {
			{20, "чоңураак масштабда көрсөтүлөт: объекттердин өзүндө ушундай көрсөтүлгөн"},
			{30, "бул масштабда өтө кичине"},
			{60, "жанындагы башка объекттерге орун беришти: болбосо тайл өтө оор болмок"},
		},
	} {
		got := newLayerReport(d, report, language)
		if diff := cmp.Diff(want, got.LeftOut); diff != "" {
			t.Errorf("reasons in %s (-want +got):\n%s", language, diff)
		}
		if got.Features != 111 || got.Shown != 1 || got.Title != d.Title.In(language) {
			t.Errorf("report in %s = %+v", language, got)
		}
	}
}
