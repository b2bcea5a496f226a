package server

import (
	"net/http"

	"github.com/gorilla/mux"

	"kvartal/auth"
)

type roleAnswer struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Builtin bool   `json:"builtin"`
	Users   int    `json:"users"`
	Keys    int    `json:"keys"`
	Grants  int    `json:"grants"`
}

// roles answers /admin/roles.
func (s *Server) roles(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r); err != nil {
		return err
	}
	all, err := city.Auth.Roles(r.Context())
	if err != nil {
		return err
	}
	roles := make([]roleAnswer, len(all))
	for i, role := range all {
		roles[i] = roleAnswer{role.Name, role.Title, role.Builtin(), role.Users, role.Keys, role.Grants}
	}
	return respondJSON(w, r, "application/json", map[string]any{"roles": roles})
}

// addRole answers POST /admin/roles.
func (s *Server) addRole(w http.ResponseWriter, r *http.Request, city *City) error {
	var body struct{ Name, Title string }
	if err := decodeJSON(w, r, maxAdministration, &body); err != nil {
		return err
	}
	if err := city.Auth.AddRole(r.Context(), actor(r), auth.Role{Name: body.Name, Title: body.Title}); err != nil {
		return err
	}
	return created(w, r, http.StatusCreated, map[string]string{"name": body.Name, "title": body.Title})
}

// renameRole answers PATCH /admin/roles/{role}.
func (s *Server) renameRole(w http.ResponseWriter, r *http.Request, city *City) error {
	var body struct{ Title string }
	if err := decodeJSON(w, r, maxAdministration, &body); err != nil {
		return err
	}
	return done(w, city.Auth.RenameRole(r.Context(), actor(r), auth.Role{Name: mux.Vars(r)["role"], Title: body.Title}))
}

// deleteRole answers DELETE /admin/roles/{role}.
func (s *Server) deleteRole(w http.ResponseWriter, r *http.Request, city *City) error {
	return done(w, city.Auth.DeleteRole(r.Context(), actor(r), mux.Vars(r)["role"]))
}
