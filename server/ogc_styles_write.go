package server

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"kvartal"
	"kvartal/auth"
	"kvartal/styles"
	"kvartal/view"
)

// Managing styles (20-009, classes manage-styles and style-validation): each
// request leaves the former version and its author in the history of styles, and
// an entry in the audit log. Themes of the program stay as they are.

// mayStyle returns nil to who may make styles: administrators, and those who
// manage some layer.
func mayStyle(o *ogcRequest) error {
	if o.city.Shelf == nil {
		return errNothingHere()
	}
	if o.administers() || len(o.layers(view.Manage)) > 0 {
		return nil
	}
	return kvartal.Errorf(kvartal.KindForbidden, "you may not change styles: the right to manage a layer permits styles of it")
}

func (o *ogcRequest) administers() bool {
	return slices.Contains(kvartal.PrincipalFrom(o.ctx()).Roles, auth.RoleAdministrator)
}

// mayDraw returns nil if the principal manages every layer of the city that a
// style draws.
func (o *ogcRequest) mayDraw(sheet *styles.Sheet) error {
	if o.administers() {
		return nil
	}
	for _, id := range sheet.Draws() {
		d, err := o.city.Store.Registry().Layer(id)
		if err != nil {
			return err
		}
		if err := viewOf(o.Request, d).Require(view.Manage); err != nil {
			return err
		}
	}
	return nil
}

// styleEdit is a request to change a style.
type styleEdit struct {
	styles.Edit

	title    string
	document []byte
}

// readStyle reads the request: who, what, and whether it is meant.
func (o *ogcRequest) readStyle(w http.ResponseWriter) (styleEdit, error) {
	edit := styleEdit{Edit: styles.Edit{Author: kvartal.PrincipalFrom(o.ctx()).Name}}
	if err := mayStyle(o); err != nil {
		return edit, err
	}
	switch dry := o.query.Get("dry-run"); dry {
	case "", "false":
	case "true":
		edit.DryRun = true
	default:
		return edit, kvartal.Errorf(kvartal.KindInvalid, "dry-run is %.40q: want true or false", dry).In("dry-run")
	}
	if o.route.accepts == nil {
		return edit, nil
	}
	if kind, _, err := mime.ParseMediaType(o.Header.Get("Content-Type")); err != nil || !slices.Contains(o.route.accepts, kind) {
		return edit, unsupportedMedia(o.route.accepts)
	}
	var err error
	edit.document, err = io.ReadAll(http.MaxBytesReader(w, o.Body, styles.MaxSheet))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return edit, kvartal.Errorf(kvartal.KindTooLarge, "the body is longer than %d bytes", tooLong.Limit)
	}
	if err != nil {
		return edit, kvartal.Errorf(kvartal.KindInvalid, "the body ends too early").Because(err)
	}
	sheet, err := o.city.Styles.Sheet(edit.document, o.origin())
	if err != nil {
		return edit, err
	}
	if strict(o.Header) {
		if err := sheet.Check(); err != nil {
			return edit, err
		}
		w.Header().Set("Preference-Applied", "handling=strict")
	}
	edit.title = sheet.Title()
	return edit, o.mayDraw(sheet)
}

// strict reports whether the client prefers errors to leniency (RFC 7240,
// section 4.4).
func strict(h http.Header) bool {
	for preference := range strings.SplitSeq(strings.Join(h.Values("Prefer"), ","), ",") {
		name, _, _ := strings.Cut(preference, ";")
		if strings.EqualFold(strings.TrimSpace(name), "handling=strict") {
			return true
		}
	}
	return false
}

// createStyle answers POST /ogc/styles. The id is made of the document's name.
func (s *Server) createStyle(w http.ResponseWriter, o *ogcRequest) error {
	edit, err := o.readStyle(w)
	if err != nil {
		return err
	}
	if edit.ID = styleID(edit.title); edit.ID == "" || slices.Contains(styles.Themes(), styles.Theme(edit.ID)) {
		edit.ID = "style-" + strings.ToLower(rand.Text()[:8])
	}
	return s.addStyle(w, o, edit)
}

func (s *Server) addStyle(w http.ResponseWriter, o *ogcRequest, edit styleEdit) error {
	version, err := o.city.Shelf.Create(o.ctx(), edit.Edit, titleOf(edit), edit.document)
	if err != nil {
		return err
	}
	w.Header().Set("Location", o.root+"/styles/"+edit.ID)
	return s.styleChanged(w, o, edit, "style.create", version, http.StatusCreated)
}

func titleOf(edit styleEdit) string {
	if edit.title == "" {
		return edit.ID
	}
	return edit.title
}

var notInStyleID = regexp.MustCompile(`[^a-z0-9_]+`)

// styleID is an id made of a name, "" if nothing of it can stand in one.
func styleID(name string) string {
	id := strings.Trim(notInStyleID.ReplaceAllString(strings.ToLower(name), "-"), "-_")
	return strings.TrimRight(id[:min(len(id), 60)], "-_")
}

// replaceStyle answers PUT /ogc/styles/{styleId}. With If-None-Match: * it adds
// the style under this id.
func (s *Server) replaceStyle(w http.ResponseWriter, o *ogcRequest) error {
	edit, err := o.readStyle(w)
	if err != nil {
		return err
	}
	if edit.ID, err = o.changeableStyle(); err != nil {
		return err
	}
	if o.Header.Get("If-None-Match") == "*" {
		if styleID(edit.ID) != edit.ID {
			return kvartal.Errorf(kvartal.KindInvalid, "%.70q can be no id: want a-z, 0-9, _ and -, at most 60", edit.ID).In("styleId")
		}
		err := s.addStyle(w, o, edit)
		if kvartal.KindOf(err) == kvartal.KindConflict {
			return preconditionFailed(err)
		}
		return err
	}
	version, err := o.expectedStyle(edit.ID)
	if err != nil {
		return err
	}
	if version, err = o.city.Shelf.Replace(o.ctx(), edit.Edit, version, titleOf(edit), edit.document); err != nil {
		return staleStyle(err)
	}
	return s.styleChanged(w, o, edit, "style.change", version, http.StatusNoContent)
}

// deleteStyle answers DELETE /ogc/styles/{styleId}.
func (s *Server) deleteStyle(w http.ResponseWriter, o *ogcRequest) error {
	edit, err := o.readStyle(w)
	if err != nil {
		return err
	}
	if edit.ID, err = o.changeableStyle(); err != nil {
		return err
	}
	version, err := o.expectedStyle(edit.ID)
	if err != nil {
		return err
	}
	if err := o.city.Shelf.Delete(o.ctx(), edit.Edit, version); err != nil {
		return staleStyle(err)
	}
	return s.styleChanged(w, o, edit, "style.delete", 0, http.StatusNoContent)
}

func staleStyle(err error) error {
	if errors.Is(err, styles.ErrStale) {
		return preconditionFailed(err)
	}
	return err
}

// changeableStyle is {styleId}, if the style is none of the program.
func (o *ogcRequest) changeableStyle() (string, error) {
	id, err := variable(o.Request, "styleId")
	if err == nil && slices.Contains(styles.Themes(), styles.Theme(id)) {
		err = kvartal.Errorf(kvartal.KindForbidden, "style %q belongs to the program: add a copy of it under another id", id)
	}
	return id, err
}

// expectedStyle is the version of a style that the request expects, 0 for any,
// if the principal may change the style as it is.
func (o *ogcRequest) expectedStyle(id string) (int64, error) {
	now, err := o.city.Shelf.Get(o.ctx(), id)
	if err != nil {
		return 0, err
	}
	sheet, err := o.city.Styles.Sheet(now.Document, o.origin())
	if err == nil {
		err = o.mayDraw(sheet)
	}
	if err != nil || o.Header.Get("If-Match") == "" {
		return 0, err
	}
	return o.expected(func() (int64, error) { return now.Version, nil })
}

// styleChanged tells the audit log and the client of a change.
func (s *Server) styleChanged(w http.ResponseWriter, o *ogcRequest, edit styleEdit, action string, version int64, code int) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if edit.DryRun {
		h.Del("Location")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if o.city.Auth != nil {
		detail := map[string]any{"style": edit.ID, "version": version}
		// The change is made: that the caller leaves must not keep it from the log.
		if err := o.city.Auth.Record(context.WithoutCancel(o.ctx()), actor(o.Request), action, o.URL.Path, detail); err != nil {
			s.config.Log.ErrorContext(o.ctx(), "a change of a style is missing in the audit log", "error", err, "style", edit.ID)
		}
	}
	w.WriteHeader(code)
	return nil
}
