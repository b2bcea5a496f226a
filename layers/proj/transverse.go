package proj

import "math"

// transverse is the Transverse Mercator projection by Krüger's series to the sixth
// order in the third flattening (Karney, Transverse Mercator with an accuracy of a
// few nanometers, J. Geodesy 85, 2011, equations 8 to 36), which is exact to
// nanometres within 35° of the central meridian.
type transverse struct {
	lon0, lat0 float64 // radians
	k          float64 // scale on the central meridian
	x0, y0     float64 // false easting and northing

	rectified float64    // radius of the rectifying sphere times k
	origin    float64    // northing of lat0
	beta      [6]float64 // takes the ellipsoid off transverse coordinates
	delta     [6]float64 // makes geographic latitudes of conformal ones
}

// farthest is the greatest transverse coordinate for which the series holds, as
// PROJ has it: about 2.62 radii, 80° from the central meridian.
const farthest = 2.623395162778

func (t *transverse) on(el ellipsoid) {
	n := el.f / (2 - el.f)
	n2, n3, n4, n5, n6 := n*n, n*n*n, n*n*n*n, n*n*n*n*n, n*n*n*n*n*n
	t.rectified = t.k * el.a / (1 + n) * (1 + n2/4 + n4/64 + n6/256)
	t.delta = [6]float64{
		2*n - 2*n2/3 - 2*n3 + 116*n4/45 + 26*n5/45 - 2854*n6/675,
		7*n2/3 - 8*n3/5 - 227*n4/45 + 2704*n5/315 + 2323*n6/945,
		56*n3/15 - 136*n4/35 - 1262*n5/105 + 73814*n6/2835,
		4279*n4/630 - 332*n5/35 - 399572*n6/14175,
		4174*n5/315 - 144838*n6/6237,
		601676 * n6 / 22275,
	}
	t.beta = [6]float64{
		n/2 - 2*n2/3 + 37*n3/96 - n4/360 - 81*n5/512 + 96199*n6/604800,
		n2/48 + n3/15 - 437*n4/1440 + 46*n5/105 - 1118711*n6/3870720,
		17*n3/480 - 37*n4/840 - 209*n5/4480 + 5569*n6/90720,
		4397*n4/161280 - 11*n5/504 - 830251*n6/7257600,
		4583*n5/161280 - 108847*n6/3991680,
		20648693 * n6 / 638668800,
	}
	alpha := [6]float64{
		n/2 - 2*n2/3 + 5*n3/16 + 41*n4/180 - 127*n5/288 + 7891*n6/37800,
		13*n2/48 - 3*n3/5 + 557*n4/1440 + 281*n5/630 - 1983433*n6/1935360,
		61*n3/240 - 103*n4/140 + 15061*n5/26880 + 167603*n6/181440,
		49561*n4/161280 - 179*n5/168 + 6601661*n6/7257600,
		34729*n5/80640 - 3418889*n6/1995840,
		212378941 * n6 / 319334400,
	}
	// The northing of the origin, on the central meridian.
	xi := math.Atan(conformal(math.Tan(t.lat0), math.Sqrt(el.f*(2-el.f))))
	northing := xi
	for j, a := range alpha {
		northing += a * math.Sin(2*float64(j+1)*xi)
	}
	t.origin = t.rectified * northing
}

// conformal is the tangent of the conformal latitude, of that of a geographic one
// (Karney, equations 7 to 9).
func conformal(tau, e float64) float64 {
	sigma := math.Sinh(e * math.Atanh(e*tau/math.Hypot(1, tau)))
	return tau*math.Hypot(1, sigma) - sigma*math.Hypot(1, tau)
}

// inverse returns longitude and latitude in radians.
func (t *transverse) inverse(x, y float64) (lon, lat float64) {
	eta := (x - t.x0) / t.rectified
	xi := (y - t.y0 + t.origin) / t.rectified
	if !(math.Abs(eta) <= farthest) {
		return math.NaN(), math.NaN()
	}
	xi, eta = t.spherical(xi, eta)
	exp := math.Exp(eta)
	sinh := (exp - 1/exp) / 2
	sin, cos := math.Sincos(xi)
	return t.lon0 + math.Atan2(sinh, cos), t.geographic(sin, math.Sqrt(sinh*sinh+cos*cos))
}

// spherical takes the terms of the series off, both parts summed by Clenshaw's
// recurrence for the complex angle 2(ξ + iη).
func (t *transverse) spherical(xi, eta float64) (xi1, eta1 float64) {
	sin, cos := math.Sincos(2 * xi)
	exp := math.Exp(2 * eta)
	sinh, cosh := (exp-1/exp)/2, (exp+1/exp)/2
	// 2 cos(2ζ)
	re, im := 2*cos*cosh, -2*sin*sinh
	var b1r, b1i, b2r, b2i float64
	for j := len(t.beta) - 1; j >= 0; j-- {
		b1r, b1i, b2r, b2i = re*b1r-im*b1i-b2r+t.beta[j], re*b1i+im*b1r-b2i, b1r, b1i
	}
	// sin(2ζ)
	sr, si := sin*cosh, cos*sinh
	return xi - (sr*b1r - si*b1i), eta - (sr*b1i + si*b1r)
}

// geographic is the latitude whose conformal one has the tangent sin/cos.
func (t *transverse) geographic(sin, cos float64) float64 {
	conform := math.Atan2(sin, cos)
	sin2, cos2 := math.Sincos(2 * conform)
	var b1, b2 float64
	for j := len(t.delta) - 1; j >= 0; j-- {
		b1, b2 = 2*cos2*b1-b2+t.delta[j], b1
	}
	return conform + sin2*b1
}
