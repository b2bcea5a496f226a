package mvt_test

import (
	"fmt"
	"strconv"
	"testing"

	ours "kvartal/tiles/mvt"
)

// Numbers are as long as they need to be: up to 127 one byte, up to 16383 two.
func TestTagsOfLargeTables(t *testing.T) {
	t.Parallel()
	var l ours.Layer
	var g ours.Geometry
	var tags ours.Tags
	var keys []string
	var values []ours.Number
	for i := range 300 {
		keys = append(keys, "key "+strconv.Itoa(i))
	}
	for i := range 20_000 {
		values = append(values, l.AddValue(ours.AppendInt(nil, int64(i))))
	}
	g.Points(ring(1, 2))
	for _, i := range []int{0, 127, 128, 299, 16_383, 16_384, 19_999} {
		tags.Reset(2)
		tags.Add(ours.NumberOf(uint32(i%300)), values[i])
		tags.Add(ours.NumberOf(uint32((i+1)%300)), values[0])
		l.AddFeature(uint64(i), ours.Points, &tags, &g)
	}
	decoded, err := ours.Decode(l.Bytes("table", 4096, keys))
	if err != nil {
		t.Fatalf("Decode = %v", err)
	}
	for _, f := range decoded[0].Features {
		key, next := keys[f.ID%300], keys[(f.ID+1)%300]
		if got, want := fmt.Sprint(f.Properties), fmt.Sprint(map[string]any{key: f.ID, next: 0}); got != want {
			t.Errorf("tags of feature %d = %s, want %s", f.ID, got, want)
		}
	}
}
