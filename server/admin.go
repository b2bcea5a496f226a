package server

import (
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"kvartal"
	"kvartal/auth"
)

// maxAdministration bounds the body of a request of administration, in bytes: a
// grant may carry the polygon of a district.
const maxAdministration = 1 << 20

// administration adds the routes of /admin: accounts, roles, grants, keys and the
// audit log. To who does not administer they are not there.
func (s *Server) administration(router *mux.Router) {
	handle := func(method, path string, h handler) {
		methods := []string{method}
		if method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		router.Handle(path, s.observe(path, s.withCity(administered(h)))).Methods(methods...)
	}
	handle(http.MethodGet, "/admin/users", s.users)
	handle(http.MethodPost, "/admin/users", s.addUser)
	handle(http.MethodPatch, "/admin/users/{name}", s.changeUser)
	handle(http.MethodDelete, "/admin/users/{name}", s.deleteUser)
	handle(http.MethodPost, "/admin/users/{name}/password", s.resetPassword)
	handle(http.MethodDelete, "/admin/users/{name}/sessions", s.endSessions)
	handle(http.MethodGet, "/admin/roles", s.roles)
	handle(http.MethodPost, "/admin/roles", s.addRole)
	handle(http.MethodPatch, "/admin/roles/{role}", s.renameRole)
	handle(http.MethodDelete, "/admin/roles/{role}", s.deleteRole)
	handle(http.MethodGet, "/admin/roles/{role}/grants", s.grants)
	handle(http.MethodPost, "/admin/roles/{role}/grants", s.giveGrant)
	handle(http.MethodPut, "/admin/roles/{role}/grants/{id}", s.replaceGrant)
	handle(http.MethodDelete, "/admin/roles/{role}/grants/{id}", s.revokeGrant)
	handle(http.MethodGet, "/admin/layers", s.adminLayers)
	handle(http.MethodPut, "/admin/layers/{layer}", s.closeLayer)
	handle(http.MethodGet, "/admin/keys", s.keys)
	handle(http.MethodPost, "/admin/keys", s.addKey)
	handle(http.MethodDelete, "/admin/keys/{id}", s.deleteKey)
	handle(http.MethodGet, "/admin/audit", s.audit)
	handle(http.MethodGet, "/audit", s.audit)
}

// administered lets only principals who administer in.
func administered(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request, city *City) error {
		if city.Auth == nil || !slices.Contains(kvartal.PrincipalFrom(r.Context()).Roles, auth.RoleAdministrator) {
			return errNothingHere()
		}
		return h(w, r, city)
	}
}

func errNothingHere() error {
	return kvartal.Errorf(kvartal.KindNotFound, "there is nothing at this address")
}

// done answers 204 to what went well.
func done(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// secret answers with what is seen once.
func secret(w http.ResponseWriter, r *http.Request, code int, v any) error {
	w.Header().Set("Cache-Control", "no-store")
	return created(w, r, code, v)
}
