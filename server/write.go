package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"kvartal"
	"kvartal/layers"
	"kvartal/tiles"
	"kvartal/view"
)

// Writing features (OGC API – Features – Part 4, 20-002r1): each request is one
// changeset of one feature, with history, an entry in the audit log, and a token
// by which later reads wait for it.

// changeHeader carries the token of a change: in the answer to the write, and in
// reads that must see it.
const changeHeader = "Kvartal-Change"

// catchUpTimeout bounds how long a read waits for the change it names.
const catchUpTimeout = 5 * time.Second

// sourceAPI names the API in the history of features.
const sourceAPI = "api"

// caughtUp waits for the change that a request names.
func (s *Server) caughtUp(r *http.Request) error {
	token := r.Header.Get(changeHeader)
	city := s.city.Load()
	if token == "" || city == nil || city.Follower == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), catchUpTimeout)
	defer cancel()
	return city.Follower.Await(ctx, layers.Token(token))
}

// createFeature answers POST …/items.
func (s *Server) createFeature(w http.ResponseWriter, o *ogcRequest) error {
	l, err := o.layer(view.Create)
	if err != nil {
		return err
	}
	change, srid, err := o.readFeature(w, l.Definition)
	if err != nil {
		return err
	}
	change.Operation = kvartal.Create
	applied, err := s.apply(w, o, change, srid)
	if err != nil {
		return err
	}
	id := applied.IDs[0]
	w.Header().Set("Location", o.root+featurePath(l.Definition, id))
	return o.tellWritten(w, l.Definition, id, http.StatusCreated)
}

// replaceFeature answers PUT …/items/{featureId}. Attributes that are not given
// lose their value; those that the principal may not write keep it.
func (s *Server) replaceFeature(w http.ResponseWriter, o *ogcRequest) error {
	err := s.alter(w, o, func(l tiles.Layer, change *kvartal.Change) {
		given := change.Feature.Properties
		for _, f := range l.Definition.Fields {
			if _, ok := given[f.Name]; !ok && l.View.Writable(f.Name) {
				given[f.Name] = nil
			}
		}
	})
	if _, missing := o.layer(view.Change); missing == nil && kvartal.KindOf(err) == kvartal.KindNotFound && o.Header.Get("If-Match") != "" {
		return preconditionFailed(err) // /req/create-replace-delete/put-rid-exception
	}
	return err
}

// updateFeature answers PATCH …/items/{featureId}.
func (s *Server) updateFeature(w http.ResponseWriter, o *ogcRequest) error {
	return s.alter(w, o, func(tiles.Layer, *kvartal.Change) {})
}

func (s *Server) alter(w http.ResponseWriter, o *ogcRequest, complete func(tiles.Layer, *kvartal.Change)) error {
	l, id, version, err := o.target(view.Change)
	if err != nil {
		return err
	}
	change, srid, err := o.readFeature(w, l.Definition)
	if err != nil {
		return err
	}
	complete(l, &change)
	change.Operation, change.Feature.ID, change.Feature.Version = kvartal.Update, id, version
	if _, err := s.apply(w, o, change, srid); err != nil {
		return err
	}
	return o.tellWritten(w, l.Definition, id, http.StatusOK)
}

// deleteFeature answers DELETE …/items/{featureId}.
func (s *Server) deleteFeature(w http.ResponseWriter, o *ogcRequest) error {
	l, id, version, err := o.target(view.Delete)
	if err != nil {
		return err
	}
	_, err = s.apply(w, o, kvartal.Change{
		Operation: kvartal.Delete, Layer: l.Definition.ID, Feature: kvartal.Feature{ID: id, Version: version},
	}, kvartal.WGS84)
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// target is the feature that a request is about, and the version of it that the
// request expects.
func (o *ogcRequest) target(action view.Action) (tiles.Layer, kvartal.FeatureID, int64, error) {
	l, err := o.layer(action)
	if err != nil {
		return l, 0, 0, err
	}
	id, err := o.featureID(l.Definition)
	if err != nil {
		return l, 0, 0, err
	}
	v := viewOf(o.Request, l.Definition)
	if since := o.Header.Get("If-Unmodified-Since"); since != "" && o.Header.Get("If-Match") == "" {
		version, err := o.unmodified(v, id, since)
		return l, id, version, err
	}
	version, err := o.expected(func() (int64, error) {
		f, err := o.city.Store.Item(o.ctx(), v, id)
		return f.Version, err
	})
	return l, id, version, err
}

// unmodified is the version of a feature if it is from no later than header
// If-Unmodified-Since says (RFC 9110, section 13.1.4; 20-002r1, class
// optimistic-locking-timestamps).
func (o *ogcRequest) unmodified(v view.View, id kvartal.FeatureID, since string) (int64, error) {
	at, err := http.ParseTime(since)
	if err != nil {
		return 0, kvartal.Errorf(kvartal.KindInvalid, "If-Unmodified-Since is %.60q: want a date of HTTP such as that of Last-Modified", since).In("If-Unmodified-Since")
	}
	stamp, err := o.city.Store.Stamp(o.ctx(), v, id)
	if err == nil && stamp.Modified.After(at) {
		err = preconditionFailed(kvartal.Errorf(kvartal.KindConflict, "feature %d has been changed since: look again and repeat it", id).Because(layers.ErrStale))
	}
	return stamp.Version, err
}

// apply makes a change, and tells of it in the audit log and the header.
func (s *Server) apply(w http.ResponseWriter, o *ogcRequest, change kvartal.Change, srid kvartal.SRID) (layers.Applied, error) {
	by := actor(o.Request)
	cs := kvartal.Changeset{Author: by.Principal, CRS: srid, Changes: []kvartal.Change{change}}
	views := func(d *layers.Definition) view.View { return viewOf(o.Request, d) }
	applied, err := o.city.Store.ApplyPermitted(o.ctx(), sourceAPI, cs, views)
	if errors.Is(err, layers.ErrStale) {
		return applied, preconditionFailed(err)
	}
	if err != nil {
		return applied, err
	}
	w.Header().Set(changeHeader, string(applied.Token))
	w.Header().Set("Cache-Control", "no-store")
	if o.city.Auth == nil {
		return applied, nil
	}
	detail := map[string]any{"layer": change.Layer, "feature": applied.IDs[0], "changeset": applied.Changeset, "version": applied.Versions[0]}
	// The change is made: that the caller leaves must not keep it from the log.
	if err := o.city.Auth.Record(context.WithoutCancel(o.ctx()), by, "feature."+string(change.Operation), o.URL.Path, detail); err != nil {
		s.config.Log.ErrorContext(o.ctx(), "a change is missing in the audit log", "error", err, "changeset", applied.Changeset)
	}
	return applied, nil
}

// tellWritten answers with a feature as it is now, as far as its author may read
// it; with nothing if they may not.
func (o *ogcRequest) tellWritten(w http.ResponseWriter, d *layers.Definition, id kvartal.FeatureID, code int) error {
	read := o.reading(featurePath(d, id))
	in := itemsRequest{layer: tiles.Layer{Definition: d, View: viewOf(o.Request, d).For(view.Query)}, crs: crs84Reference()}
	var body []byte
	var version int64
	err := o.city.Store.ScanItem(o.ctx(), in.layer.View, id, in.query, func(r *layers.Record) error {
		var err error
		version = r.Version
		body, err = read.featureDocument(in, r)
		return err
	})
	switch kind := kvartal.KindOf(err); {
	case err == nil:
	case kind == kvartal.KindNotFound || kind == kvartal.KindForbidden:
		if code == http.StatusOK {
			code = http.StatusNoContent
		}
		w.WriteHeader(code)
		return nil
	default:
		return err
	}
	h := w.Header()
	h.Set("Content-Type", o.format.Media())
	h.Set("Content-Crs", "<"+crs84+">")
	h.Set("Content-Location", o.root+featurePath(d, id))
	h.Set("ETag", entityTag(versionTag(version), body))
	o.tellModified(h, in.layer.View, id, version)
	w.WriteHeader(code)
	_, err = w.Write(body)
	return err
}

// reading is the request by which the caller would read a feature.
func (o *ogcRequest) reading(path string) *ogcRequest {
	read := *o
	read.Request = o.Clone(o.ctx())
	read.URL.Path, read.URL.RawPath = "/ogc"+path, ""
	read.route = &ogcRoute{formats: featureFormats()}
	read.query = nil
	return &read
}

func featurePath(d *layers.Definition, id kvartal.FeatureID) string {
	return collectionPath(d) + "/items/" + strconv.FormatInt(int64(id), 10)
}
