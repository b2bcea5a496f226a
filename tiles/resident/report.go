package resident

import "kvartal"

// Report says what became of a layer's features in one tile.
type Report struct {
	Layer kvartal.LayerID `json:"layer"`
	// Features have boxes that meet the tile and its buffer. Each of them is
	// counted once below.
	Features int `json:"features"`
	// Hidden features appear at a higher zoom, by the layer's zoom field.
	Hidden int `json:"hidden"`
	// TooSmall features are lines and polygons less than half a unit each way.
	TooSmall int `json:"too_small"`
	// Thinned features have given way to larger ones near them.
	Thinned int `json:"thinned"`
	// Vanished features do not reach into the tile, or have no length or area
	// when they are rounded to its units.
	Vanished int `json:"vanished"`
	Written  int `json:"written"`
	// Repaired polygons touched or crossed themselves when rounded.
	Repaired int `json:"repaired"`
	Bytes    int `json:"bytes"` // of the layer, not compressed
}
