package trackers

import (
	"math"

	"kvartal/live"
)

// Speed is one told in another unit, in km/h. It is given to the thousandth: no
// receiver measures that well, and a conversion must not invent digits that were
// never told.
func Speed(told, kmh float64) live.Number { return live.Some(math.Round(told*kmh*1000) / 1000) }
