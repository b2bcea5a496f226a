package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"kvartal"
)

// statusClientClosed is what logs say of a caller that left before the answer
// (nginx's convention); nobody receives it.
const statusClientClosed = 499

// protocolError is an error of HTTP itself, with a status of its own.
type protocolError struct {
	code  int
	err   error
	retry int // after so many seconds; 0: nothing is known of when
}

func (e protocolError) Error() string { return e.err.Error() }
func (e protocolError) Unwrap() error { return e.err }

// preconditionRequired refuses a change made blindly (RFC 6585, section 3).
func preconditionRequired() error {
	return protocolError{code: http.StatusPreconditionRequired, err: kvartal.Errorf(kvartal.KindInvalid,
		"If-Match is missing: send the ETag of the feature that the change is made to, or * for any; or its Last-Modified as If-Unmodified-Since").In("If-Match")}
}

// preconditionFailed refuses a change made to a former version.
func preconditionFailed(err error) error {
	return protocolError{code: http.StatusPreconditionFailed, err: err}
}

// tooManyRequests refuses who asks more often than others can bear (RFC 6585,
// section 4).
func tooManyRequests(text string) error {
	return protocolError{code: http.StatusTooManyRequests, err: kvartal.Errorf(kvartal.KindUnavailable, "%s", text)}
}

func unsupportedMedia(accepted []string) error {
	return protocolError{code: http.StatusUnsupportedMediaType, err: kvartal.Errorf(kvartal.KindInvalid,
		"the body must be of type %s", strings.Join(accepted, " or ")).In("Content-Type")}
}

// status decides the HTTP status of an error. It is the only place that does.
func status(err error) int {
	var protocol protocolError
	if errors.As(err, &protocol) {
		return protocol.code
	}
	switch kvartal.KindOf(err) {
	case kvartal.KindInvalid:
		return http.StatusBadRequest
	case kvartal.KindNotFound:
		return http.StatusNotFound
	case kvartal.KindForbidden:
		return http.StatusForbidden
	case kvartal.KindConflict:
		return http.StatusConflict
	case kvartal.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case kvartal.KindUnavailable:
		return http.StatusServiceUnavailable
	case kvartal.KindTimeout:
		return http.StatusGatewayTimeout
	}
	switch {
	case errors.Is(err, context.Canceled):
		return statusClientClosed
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// problemDetails is the body of an error (RFC 9457).
type problemDetails struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail,omitempty"`
	Field    string `json:"field,omitempty"`
	Instance string `json:"instance,omitempty"` // the request id, to quote when asking for help
}

// problem writes err as the response. What is our fault is logged and not told.
func (s *Server) problem(w http.ResponseWriter, r *http.Request, err error) {
	code := status(err)
	details := problemDetails{
		Type: "about:blank", Title: http.StatusText(code), Status: code,
		Instance: "urn:kvartal:request:" + kvartal.RequestIDFrom(r.Context()),
	}
	var e *kvartal.Error
	if errors.As(err, &e) && e.Kind != kvartal.KindInternal {
		details.Detail, details.Field = e.Message, e.Field
	}
	if code == http.StatusInternalServerError {
		details.Detail = "The server failed. Its log tells more under the id of this request."
		s.config.Log.ErrorContext(r.Context(), "request failed", "request", kvartal.RequestIDFrom(r.Context()), "path", r.URL.Path, "error", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Del("ETag")
	if code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests {
		var known protocolError
		_ = errors.As(err, &known)
		h.Set("Retry-After", strconv.Itoa(cmp.Or(known.retry, 5)))
	}
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(details) // the caller may be gone
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	s.problem(w, r, kvartal.Errorf(kvartal.KindNotFound, "there is nothing at %.200q", r.URL.Path))
}

func (s *Server) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	allow := "GET, HEAD"
	w.Header().Set("Allow", allow)
	s.problem(w, r, notAllowed(allow))
}

func notAllowed(allow string) error {
	return protocolError{code: http.StatusMethodNotAllowed, err: kvartal.Errorf(kvartal.KindInvalid, "this address answers %s only", allow)}
}
