package layers

import (
	"github.com/paulmach/orb/geojson"

	"kvartal"
)

// SampleChangeset returns the layer's sample as a changeset of creates, its
// geometry in longitude and latitude as GeoJSON has it (RFC 7946).
func (d *Definition) SampleChangeset(author kvartal.Principal) (kvartal.Changeset, error) {
	cs := kvartal.Changeset{Author: author, Comment: "sample of layer " + string(d.ID), CRS: kvartal.WGS84}
	features, err := d.SampleFeatures()
	if err != nil {
		return cs, err
	}
	for _, f := range features {
		cs.Changes = append(cs.Changes, kvartal.Change{Operation: kvartal.Create, Layer: d.ID, Feature: f})
	}
	return cs, nil
}

// SampleFeatures parses sample.geojson: geometry in longitude and latitude,
// values checked against the fields. Errors are of KindInvalid and name the file.
func (d *Definition) SampleFeatures() ([]kvartal.Feature, error) {
	if d.Sample == nil {
		return nil, nil
	}
	fc, err := geojson.UnmarshalFeatureCollection(d.Sample)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%s/sample.geojson: not a GeoJSON FeatureCollection: %v", d.Path, err)
	}
	features := make([]kvartal.Feature, 0, len(fc.Features))
	for i, f := range fc.Features {
		feature, err := check(d, kvartal.Feature{Geometry: f.Geometry, Properties: f.Properties}, d.Fields)
		if err != nil {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "%s/sample.geojson: feature %d: %v", d.Path, i+1, err)
		}
		features = append(features, feature)
	}
	return features, nil
}
