package server

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kvartal"
	"kvartal/auth"
)

type auditAnswer struct {
	Events []auditEvent `json:"events"`
	Next   *int64       `json:"next"` // the "before" of the next page
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

// audit answers /admin/audit: events, the latest first, a page as JSON or all of
// them as CSV or NDJSON.
func (s *Server) audit(w http.ResponseWriter, r *http.Request, city *City) error {
	if err := parameters(r, "who", "what", "layer", "since", "until", "before", "limit", "f"); err != nil {
		return err
	}
	wanted, err := searchOf(r.URL.Query())
	if err != nil {
		return err
	}
	switch f := r.URL.Query().Get("f"); f {
	case "", "json":
	case "csv", "ndjson":
		return exportAudit(w, r, city, wanted, f)
	default:
		return kvartal.Errorf(kvartal.KindInvalid, "f is %.20q: want json, csv or ndjson", f).In("f")
	}
	events, err := city.Auth.Events(r.Context(), wanted)
	if err != nil {
		return err
	}
	answer := auditAnswer{Events: make([]auditEvent, len(events))}
	for i, e := range events {
		answer.Events[i] = auditEvent(e)
	}
	if len(events) == wanted.Limit {
		answer.Next = &events[len(events)-1].ID
	}
	return respondJSON(w, r, "application/json", answer)
}

func searchOf(query url.Values) (wanted auth.Search, err error) {
	wanted = auth.Search{Principal: query.Get("who"), Action: query.Get("what"), Layer: query.Get("layer")}
	if wanted.Limit, err = whole(query, "limit", 100, 1, auth.MaxEvents); err != nil {
		return wanted, err
	}
	if query.Has("before") {
		if wanted.Before, err = strconv.ParseInt(query.Get("before"), 10, 64); err != nil || wanted.Before < 1 {
			return wanted, kvartal.Errorf(kvartal.KindInvalid, "before is %.40q: want the number of an event", query.Get("before")).In("before")
		}
	}
	for name, into := range map[string]*time.Time{"since": &wanted.Since, "until": &wanted.Until} {
		if !query.Has(name) {
			continue
		}
		if *into, err = time.Parse(time.RFC3339, query.Get(name)); err != nil {
			return wanted, kvartal.Errorf(kvartal.KindInvalid, "%s is %.40q: want a time as in 2026-01-31T00:00:00Z", name, query.Get(name)).In(name)
		}
	}
	return wanted, nil
}

// exportAudit streams all events that are wanted, a page at a time. What fails
// after the beginning cuts the connection, so that nobody takes a part for all.
func exportAudit(w http.ResponseWriter, r *http.Request, city *City, wanted auth.Search, format string) error {
	const page = 1000
	wanted.Limit = page
	events, err := city.Auth.Events(r.Context(), wanted)
	if err != nil {
		return err
	}
	if err := city.Auth.Record(r.Context(), actor(r), "audit.export", "", map[string]string{"query": r.URL.RawQuery}); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}[format])
	h.Set("Content-Disposition", `attachment; filename="audit.`+format+`"`)
	table, lines := csv.NewWriter(w), json.NewEncoder(w)
	if format == "csv" {
		_ = table.Write([]string{"id", "at", "principal", "action", "subject", "address", "request", "detail"}) // Flush tells
	}
	for len(events) > 0 {
		for _, e := range events {
			if format == "csv" {
				err = table.Write(cells(e))
			} else {
				err = lines.Encode(auditEvent(e))
			}
			if err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		wanted.Before = events[len(events)-1].ID
		if events, err = city.Auth.Events(r.Context(), wanted); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	table.Flush()
	return nil
}

// cells are an event as a row of a table. Spreadsheets take what begins with one
// of =+-@ for a formula, and a stranger chooses some of these texts.
func cells(e auth.Event) []string {
	row := []string{strconv.FormatInt(e.ID, 10), e.At.UTC().Format(time.RFC3339Nano), e.Principal, e.Action, e.Subject, e.Address, e.Request, string(e.Detail)}
	for i, text := range row {
		if i > 1 && strings.ContainsAny(text[:min(len(text), 1)], "=+-@\t\r") {
			row[i] = "'" + text
		}
	}
	return row
}
