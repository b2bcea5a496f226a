package resident

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestTheIndexFindsWhatMeetsTheWindow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		spread := rapid.SampledFrom([]int64{100, 1 << 20, 1 << 32}).Draw(t, "spread")
		draw := func(size int64) box {
			x, y := int32(random.Int64N(spread)-spread/2), int32(random.Int64N(spread)-spread/2)
			return box{x, y, clamp(int(x) + int(random.Int64N(size))), clamp(int(y) + int(random.Int64N(size)))}
		}
		boxes := make([]box, rapid.IntRange(0, 3000).Draw(t, "boxes"))
		for i := range boxes {
			boxes[i] = draw(spread/50 + 1)
		}
		index := newIndex(boxes)
		for range 20 {
			window := draw(spread)
			var want []uint32
			for i, b := range boxes {
				if b.intersects(window) {
					want = append(want, uint32(i))
				}
			}
			if got := index.search(window, nil); !slices.Equal(got, want) {
				t.Fatalf("search(%v) = %v, want %v", window, got, want)
			}
		}
	})
}

// Neighbours on the curve are neighbours in the world.
func TestTheCurveIsConnected(t *testing.T) {
	t.Parallel()
	const side, step = 64, 1 << 26
	places := make([][2]int, side*side)
	for x := range side {
		for y := range side {
			places[hilbert(x*step-halfWorld, y*step-halfWorld)>>52] = [2]int{x, y}
		}
	}
	for i := 1; i < len(places); i++ {
		dx, dy := places[i][0]-places[i-1][0], places[i][1]-places[i-1][1]
		if dx*dx+dy*dy != 1 {
			t.Fatalf("place %d is %v, after %v", i, places[i], places[i-1])
		}
	}
}
