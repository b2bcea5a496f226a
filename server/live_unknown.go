package server

import (
	"net/http"

	"kvartal"
	"kvartal/layers"
	"kvartal/live/recorded"
	"kvartal/view"
)

// liveUnknown answers /live/unknown: devices that tell and that no register has,
// for those who may query all of the register.
func (s *Server) liveUnknown(w http.ResponseWriter, r *http.Request, city *City) error {
	d, err := city.Store.Registry().Layer(layers.DevicesLayer)
	if err != nil || city.Fixes == nil {
		return kvartal.Errorf(kvartal.KindNotFound, "there is no register of devices here")
	}
	v := viewOf(r, d)
	if err := v.Require(view.Query); err != nil {
		return err
	}
	if !v.For(view.Query).WholeLayer() {
		return kvartal.Errorf(kvartal.KindForbidden, "you may not see devices that nobody has registered: your right is for some of the register")
	}
	unknown, err := recorded.Unknowns(r.Context(), city.Fixes)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, no-cache")
	return respondJSON(w, r, "application/json", struct {
		Devices []recorded.Unknown `json:"devices"`
	}{unknown})
}
