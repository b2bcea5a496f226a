package server

import (
	"errors"
	"fmt"
	"net/http"

	"kvartal"
	"kvartal/layers"
)

const crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

// reference is a coordinate reference system as a request names it.
type reference struct {
	uri        string
	srid       kvartal.SRID
	northFirst bool
	digits     int // decimals worth writing: tenths of a millimetre
	name       string
}

func crs84Reference() reference {
	return reference{uri: crs84, srid: kvartal.WGS84, digits: 9, name: "WGS 84 (CRS84)"}
}

// references are the systems offered for every collection with places, CRS84
// first (18-058r1, requirement 1).
func (o *ogcRequest) references() []reference {
	all := []reference{crs84Reference()}
	for _, c := range o.city.Store.CRSs() {
		all = append(all, o.reference(c))
	}
	return all
}

func (o *ogcRequest) reference(c layers.CRS) reference {
	r := reference{srid: c.SRID, northFirst: c.NorthFirst, digits: 4, name: c.Name}
	if c.Geographic {
		r.digits = 9
	}
	r.uri = fmt.Sprintf("http://www.opengis.net/def/crs/EPSG/0/%d", c.SRID)
	if c.Own() { // only a city has a system that EPSG does not know
		r.uri = o.root + "/crs/city"
	}
	return r
}

// storageReference is the system a layer is stored in (18-058r1, section 6.2).
func (o *ogcRequest) storageReference(d *layers.Definition) reference {
	srid := o.city.Store.SRID(d)
	for _, r := range o.references()[1:] {
		if r.srid == srid {
			return r
		}
	}
	return crs84Reference()
}

// crsParameter reads a parameter that names a system; CRS84 if it is absent.
func (o *ogcRequest) crsParameter(name string) (reference, error) {
	if !o.query.Has(name) {
		return crs84Reference(), nil
	}
	for _, r := range o.references() {
		if r.uri == o.query.Get(name) {
			return r, nil
		}
	}
	return reference{}, kvartal.Errorf(kvartal.KindInvalid, "%s is %.200q: want one of the systems that the collection lists under crs", name, o.query.Get(name)).In(name)
}

type cityCRSDocument struct {
	Name  string `json:"name"`
	PROJ  string `json:"proj"`
	SRID  int    `json:"srid"`
	Links []link `json:"links"`
}

// cityCRS answers /ogc/crs/city, the URI of a system that EPSG does not know.
func (s *Server) cityCRS(w http.ResponseWriter, o *ogcRequest) error {
	for _, c := range o.city.Store.CRSs() {
		if c.SRID == o.city.Store.CitySRID() {
			doc := cityCRSDocument{c.Name, c.Definition, int(c.SRID), o.selfLinks()}
			return o.represent(w, htmlPage{template: "crs", Title: c.Name}, doc)
		}
	}
	return errors.New("the city's coordinate system is not offered")
}
