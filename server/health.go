package server

import (
	"context"
	"io"
	"net/http"
	"time"
)

// healthz says that the process runs and answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n")
}

// readyz says that the layers are loaded and the database answers.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	city := s.city.Load()
	if city == nil {
		s.problem(w, r, s.starting())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := city.Check(ctx); err != nil {
		s.problem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ready\n")
}
