package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"kvartal"
)

type keyAnswer struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Roles   []string  `json:"roles"`
	Expires time.Time `json:"expires"`
}

// keys answers /admin/keys, without their secrets, which nobody has.
func (s *Server) keys(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r); err != nil {
		return err
	}
	all, err := city.Auth.Keys(r.Context())
	if err != nil {
		return err
	}
	keys := make([]keyAnswer, len(all))
	for i, k := range all {
		keys[i] = keyAnswer(k)
	}
	return respondJSON(w, r, "application/json", map[string]any{"keys": keys})
}

// addKey answers POST /admin/keys and tells the key, once.
func (s *Server) addKey(w http.ResponseWriter, r *http.Request, city *City) error {
	var body struct {
		Title string
		Roles []string
		Days  int
	}
	if err := decodeJSON(w, r, maxAdministration, &body); err != nil {
		return err
	}
	const longest = 730
	if body.Days < 1 || body.Days > longest {
		return kvartal.Errorf(kvartal.KindInvalid, "days is %d: want 1 to %d", body.Days, longest).In("days")
	}
	key, err := city.Auth.AddKey(r.Context(), actor(r), body.Title, body.Roles, time.Duration(body.Days)*24*time.Hour)
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(key, "_")
	id, _, _ := strings.Cut(rest, "_")
	return secret(w, r, http.StatusCreated, map[string]string{"id": id, "key": key})
}

// deleteKey answers DELETE /admin/keys/{id}.
func (s *Server) deleteKey(w http.ResponseWriter, r *http.Request, city *City) error {
	return done(w, city.Auth.DeleteKey(r.Context(), actor(r), mux.Vars(r)["id"]))
}
