package server

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"kvartal/auth"
)

type userAnswer struct {
	Name        string     `json:"name"`
	Title       string     `json:"title"`
	Roles       []string   `json:"roles"`
	Disabled    bool       `json:"disabled"`
	Temporary   bool       `json:"temporary"`
	LockedUntil *time.Time `json:"lockedUntil"`
	Created     time.Time  `json:"created"`
	Sessions    int        `json:"sessions"`
	Logins      []string   `json:"logins"`
}

// passwordAnswer is a password that is told once.
type passwordAnswer struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// users answers /admin/users: all accounts.
func (s *Server) users(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r); err != nil {
		return err
	}
	accounts, err := city.Auth.Accounts(r.Context())
	if err != nil {
		return err
	}
	users := make([]userAnswer, len(accounts))
	for i, a := range accounts {
		users[i] = userAnswer(a)
	}
	return respondJSON(w, r, "application/json", map[string]any{"users": users})
}

// addUser answers POST /admin/users: it makes an account and tells the password
// that lets its owner in to choose another.
func (s *Server) addUser(w http.ResponseWriter, r *http.Request, city *City) error {
	var body struct {
		Name, Title string
		Roles       []string
	}
	if err := decodeJSON(w, r, maxAdministration, &body); err != nil {
		return err
	}
	password, err := city.Auth.AddAccountFor(r.Context(), actor(r), auth.Account{Name: body.Name, Title: body.Title, Roles: body.Roles})
	if err != nil {
		return err
	}
	return secret(w, r, http.StatusCreated, passwordAnswer{body.Name, password})
}

// changeUser answers PATCH /admin/users/{name}.
func (s *Server) changeUser(w http.ResponseWriter, r *http.Request, city *City) error {
	var to auth.AccountChange
	if err := decodeJSON(w, r, maxAdministration, &to); err != nil {
		return err
	}
	return done(w, city.Auth.ChangeAccount(r.Context(), actor(r), mux.Vars(r)["name"], to))
}

// deleteUser answers DELETE /admin/users/{name}.
func (s *Server) deleteUser(w http.ResponseWriter, r *http.Request, city *City) error {
	return done(w, city.Auth.DeleteAccount(r.Context(), actor(r), mux.Vars(r)["name"]))
}

// resetPassword answers POST /admin/users/{name}/password.
func (s *Server) resetPassword(w http.ResponseWriter, r *http.Request, city *City) error {
	var body struct{}
	if err := decodeJSON(w, r, maxAdministration, &body); err != nil {
		return err
	}
	name := mux.Vars(r)["name"]
	password, err := city.Auth.ResetPassword(r.Context(), actor(r), name)
	if err != nil {
		return err
	}
	return secret(w, r, http.StatusOK, passwordAnswer{name, password})
}

// endSessions answers DELETE /admin/users/{name}/sessions.
func (s *Server) endSessions(w http.ResponseWriter, r *http.Request, city *City) error {
	return done(w, city.Auth.EndSessions(r.Context(), actor(r), mux.Vars(r)["name"]))
}

// created answers with a status of its own; the body is of this caller alone.
func created(w http.ResponseWriter, _ *http.Request, code int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	return json.NewEncoder(w).Encode(v)
}
