package index

import (
	"testing"

	"kvartal/live"
	"kvartal/view"
)

// A registered device that no layer shows is nowhere, and not unknown either. What
// it told is shown once its class is one of a layer.
func TestADeviceOfAClassThatNoLayerShows(t *testing.T) {
	t.Parallel()
	x, l := newTestIndex(t, 0)
	seen := func() int {
		x.Advance(x.now)
		objects, _ := l.Sight(viewFor(t, l, "dispatcher"), view.See).Objects(nil, 10)
		return len(objects)
	}
	hidden := registerOf(x, 1)
	hidden.devices["plough-1"].Class = "crane"
	x.SetRegister(hidden)
	x.Apply([]live.Fix{fixOf(1, 1, 74.6, 42.87)})
	if n, unknown := seen(), x.Unknown(); n != 0 || unknown != 0 {
		t.Errorf("of a crane %d objects are shown and %d devices unknown, want none", n, unknown)
	}
	x.SetRegister(registerOf(x, 1))
	if n := seen(); n != 1 {
		t.Errorf("once it is a waste truck %d objects are shown, want 1", n)
	}
	x.SetRegister(hidden)
	if n, unknown := seen(), x.Unknown(); n != 0 || unknown != 0 {
		t.Errorf("of a crane again %d objects are shown and %d devices unknown, want none", n, unknown)
	}
}
