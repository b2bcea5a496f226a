package server

import (
	"net/http"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

// tileReport tells people what is in a tile and what is not, and why.
type tileReport struct {
	Tile   string        `json:"tile"` // z/x/y
	Bytes  int           `json:"bytes"`
	Gzip   int           `json:"bytes_gzip"`
	Layers []layerReport `json:"layers"`
}

// layerReport tells of one layer: Features = Shown + the counts of LeftOut.
type layerReport struct {
	ID       kvartal.LayerID `json:"id"`
	Title    string          `json:"title"`
	FromZoom int             `json:"from_zoom"` // below it nothing is looked at
	Features int             `json:"features"`
	Shown    int             `json:"shown"`
	LeftOut  []leftOut       `json:"left_out"`
	Repaired int             `json:"repaired"` // of those shown: they crossed themselves when rounded
	Bytes    int             `json:"bytes"`
	Resident bool            `json:"resident"`
}

// leftOut is how many features are not in a tile for one reason.
type leftOut struct {
	Count  int    `json:"count"`
	Reason string `json:"reason"`
}

// tileReport answers /tiles/{layers}/{z}/{x}/{y}.json.
func (s *Server) tileReport(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "lang"); err != nil {
		return err
	}
	language, err := lang(r)
	if err != nil {
		return err
	}
	var parts [4]string
	for i, name := range []string{"layers", "z", "x", "y"} {
		if parts[i], err = variable(r, name); err != nil {
			return err
		}
	}
	address, err := tiles.ParseAddress(parts[1], parts[2], parts[3])
	if err != nil {
		return err
	}
	wanted, err := layersFor(r, city, parts[0], view.See)
	if err != nil {
		return err
	}
	reports, err := city.Tiles.Explain(r.Context(), wanted, address)
	if err != nil {
		return err
	}
	tile, err := city.Tiles.Tile(r.Context(), wanted, address)
	if err != nil {
		return err
	}
	zipped, err := tile.Bytes(tiles.Gzip)
	if err != nil {
		return err
	}
	out := tileReport{Tile: parts[1] + "/" + parts[2] + "/" + parts[3], Gzip: len(zipped), Layers: []layerReport{}}
	for i, l := range wanted {
		out.Layers = append(out.Layers, newLayerReport(l.Definition, reports[i], language))
		out.Layers[i].Resident = city.Resident.Snapshot().Has(l.Definition.ID)
		out.Bytes += reports[i].Bytes
	}
	return respondJSON(w, r, "application/json", out)
}

func newLayerReport(d *layers.Definition, r tiles.Report, language string) layerReport {
	out := layerReport{
		ID: d.ID, Title: d.Title.In(language), Features: r.Features, Shown: r.Written, Repaired: r.Repaired, Bytes: r.Bytes,
		FromZoom: d.Tiles.MinZoom, LeftOut: []leftOut{},
	}
	for _, reason := range []struct {
		count int
		text  layers.Text
	}{
		{r.Hidden, layers.Text{
			Ru: "показываются при большем масштабе: так сказано в самих объектах",
			En: "shown at a higher zoom, as the features themselves say",
			Ky: "чоңураак масштабда көрсөтүлөт: объекттердин өзүндө ушундай көрсөтүлгөн",
		}},
		{r.TooSmall, layers.Text{
			Ru: "слишком малы при этом масштабе",
			En: "too small at this zoom",
			Ky: "бул масштабда өтө кичине",
		}},
		{r.Thinned, layers.Text{
			Ru: "уступили место другим объектам рядом: иначе тайл был бы слишком тяжёлым",
			En: "made room for others near them, or the tile would be too heavy",
			Ky: "жанындагы башка объекттерге орун беришти: болбосо тайл өтө оор болмок",
		}},
		{r.Vanished, layers.Text{
			Ru: "не заходят в тайл или исчезают при округлении до его сетки",
			En: "do not reach into the tile, or vanish when rounded to its grid",
			Ky: "тайлга кирбейт же анын торуна тегеректегенде жоголот",
		}},
	} {
		if reason.count > 0 {
			out.LeftOut = append(out.LeftOut, leftOut{reason.count, reason.text.In(language)})
		}
	}
	return out
}
