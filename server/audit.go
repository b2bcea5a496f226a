package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"kvartal"
	"kvartal/auth"
)

type auditAnswer struct {
	Events []auditEvent `json:"events"`
}

type auditEvent struct {
	ID        int64           `json:"id"`
	At        time.Time       `json:"at"`
	Principal string          `json:"principal"`
	Action    string          `json:"action"`
	Subject   string          `json:"subject"`
	Address   string          `json:"address"`
	Request   string          `json:"request"`
	Detail    json.RawMessage `json:"detail"`
}

// audit answers /audit for administrators: events, the latest first. To others
// it is not there.
func (s *Server) audit(w http.ResponseWriter, r *http.Request, city *City) error {
	if !slices.Contains(kvartal.PrincipalFrom(r.Context()).Roles, auth.RoleAdministrator) || city.Auth == nil {
		return kvartal.Errorf(kvartal.KindNotFound, "there is nothing at this address")
	}
	if err := parameters(r, "principal", "action", "since", "before", "limit"); err != nil {
		return err
	}
	query := r.URL.Query()
	wanted := auth.Search{Principal: query.Get("principal"), Action: query.Get("action")}
	var err error
	if wanted.Limit, err = whole(query, "limit", 100, 1, auth.MaxEvents); err != nil {
		return err
	}
	if query.Has("before") {
		if wanted.Before, err = strconv.ParseInt(query.Get("before"), 10, 64); err != nil || wanted.Before < 1 {
			return kvartal.Errorf(kvartal.KindInvalid, "before is %.40q: want the number of an event", query.Get("before")).In("before")
		}
	}
	if query.Has("since") {
		if wanted.Since, err = time.Parse(time.RFC3339, query.Get("since")); err != nil {
			return kvartal.Errorf(kvartal.KindInvalid, "since is %.40q: want a time as in 2026-01-31T00:00:00Z", query.Get("since")).In("since")
		}
	}
	events, err := city.Auth.Events(r.Context(), wanted)
	if err != nil {
		return err
	}
	answer := auditAnswer{Events: make([]auditEvent, len(events))}
	for i, e := range events {
		answer.Events[i] = auditEvent(e)
	}
	return respondJSON(w, r, "application/json", answer)
}
