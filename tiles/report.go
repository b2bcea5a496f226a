package tiles

import "kvartal"

// Report says what became of a layer's features in one tile.
type Report struct {
	Layer kvartal.LayerID `json:"layer"`
	// Features have boxes that meet the tile and its buffer. Each of them is
	// counted once below.
	Features int `json:"features"`
	Written  int `json:"written"`
	// Hidden features appear at a higher zoom, by the layer's zoom field.
	Hidden int `json:"hidden"`
	// TooSmall features are lines and polygons smaller than the layer's rule has
	// it, in either direction.
	TooSmall int `json:"too_small"`
	// Thinned features have given way to others near them.
	Thinned int `json:"thinned"`
	// Vanished features do not reach into the tile, or have no length or area
	// when they are rounded to its units.
	Vanished int `json:"vanished"`
	// Repaired polygons, which are written, touched or crossed themselves when
	// rounded.
	Repaired int `json:"repaired"`
	Bytes    int `json:"bytes"` // of the layer, not compressed
}
