package proj

import (
	"math"
	"sync"
	"sync/atomic"
)

// patchSide is the width of a patch in metres. Over so little of the Earth a
// cubic polynomial in each coordinate is as good as the projection: what it leaves
// out is of the fourth order in half a width over the Earth's radius: 1e-11
// degrees at most.
const patchSide = 4096.0

// mostPatches bounds those that are kept: a city has hundreds.
const mostPatches = 16_384

// patch is the inverse projection within a square, as polynomials in u and v, which
// go from -1 to 1 across it. The coefficients of u^i v^j stand at 4j+i.
type patch struct {
	col, row int32
	lon, lat [16]float64
}

// patches are those made so far. They may be used concurrently.
type patches struct {
	made  sync.Map // patchKey → *patch, nil where the projection is not defined
	count atomic.Int32
}

type patchKey struct{ col, row int32 }

// at returns the patch around a position; nil where there is none.
func (p *Projection) at(col, row int32) *patch {
	key := patchKey{col, row}
	if kept, ok := p.patches.made.Load(key); ok {
		found, _ := kept.(*patch)
		return found
	}
	if p.patches.count.Add(1) > mostPatches {
		return nil
	}
	made := p.newPatch(col, row)
	p.patches.made.Store(key, made)
	return made
}

// newPatch fits the polynomials to the projection at four by four places.
func (p *Projection) newPatch(col, row int32) *patch {
	var lons, lats [16]float64
	for j := range 4 {
		for i := range 4 {
			x := (float64(col) + float64(i)/3) * patchSide
			y := (float64(row) + float64(j)/3) * patchSide
			lons[4*j+i], lats[4*j+i] = p.ToWGS84(x, y)
		}
	}
	made := &patch{col, row, fit(lons), fit(lats)}
	for k := range made.lon {
		if math.IsNaN(made.lon[k]) || math.IsNaN(made.lat[k]) {
			return nil
		}
	}
	// Where longitudes jump there is no polynomial.
	if math.Abs(lons[15]-lons[0]) > 1 || math.Abs(lats[15]-lats[0]) > 1 {
		return nil
	}
	return made
}

// fit returns the coefficients of the bicubic polynomial that has the values at
// -1, -1/3, 1/3 and 1 both ways.
func fit(values [16]float64) [16]float64 {
	const columns, rows = 1, 4
	return solve(solve(values, columns, rows), rows, columns)
}

// solve does one way of fit: step apart are values along it, across lines.
func solve(v [16]float64, step, across int) [16]float64 {
	var c [16]float64
	for line := range 4 {
		at := func(i int) int { return line*across + i*step }
		a, b, d, e := v[at(0)], v[at(1)], v[at(2)], v[at(3)]
		c[at(0)] = (-a + 9*b + 9*d - e) / 16
		c[at(1)] = (a - 27*b + 27*d - e) / 16
		c[at(2)] = 9 * (a - b - d + e) / 16
		c[at(3)] = 9 * (-a + 3*b - 3*d + e) / 16
	}
	return c
}

// position evaluates a patch.
func (s *patch) position(x, y float64) (lon, lat float64) {
	u := 2*(x/patchSide-float64(s.col)) - 1
	v := 2*(y/patchSide-float64(s.row)) - 1
	return cubic(&s.lon, u, v), cubic(&s.lat, u, v)
}

func cubic(c *[16]float64, u, v float64) float64 {
	r0 := c[0] + u*(c[1]+u*(c[2]+u*c[3]))
	r1 := c[4] + u*(c[5]+u*(c[6]+u*c[7]))
	r2 := c[8] + u*(c[9]+u*(c[10]+u*c[11]))
	r3 := c[12] + u*(c[13]+u*(c[14]+u*c[15]))
	return r0 + v*(r1+v*(r2+v*r3))
}

// walker projects positions that lie near one another.
type walker struct {
	*Projection

	patch *patch // of the position before
}

// next is ToWGS84.
func (w *walker) next(x, y float64) (lon, lat float64) {
	col, row := math.Floor(x/patchSide), math.Floor(y/patchSide)
	if !(math.Abs(col) < 1<<20 && math.Abs(row) < 1<<20) {
		return w.ToWGS84(x, y)
	}
	if w.patch == nil || w.patch.col != int32(col) || w.patch.row != int32(row) {
		if w.patch = w.at(int32(col), int32(row)); w.patch == nil {
			return w.ToWGS84(x, y)
		}
	}
	return w.patch.position(x, y)
}
