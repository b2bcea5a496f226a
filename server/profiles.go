package server

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"kvartal"
)

// profileRegister is where profiles are registered
// (23-058r2, /req/profile-parameter/profile-param).
const profileRegister = "http://www.opengis.net/def/profile/OGC/0/"

// The profiles of schemas (23-058r2, sections 15 and 16). Schemas always tell the
// values that an attribute may have, never those that it happens to have: these
// would tell of rows that a view hides, and cost a look at all.
const (
	codelistInline = "codelist-inline"
	codelistRef    = "codelist-ref"
	validDomain    = "valid-domain"
)

func schemaProfiles() []string { return []string{codelistInline, codelistRef, validDomain} }

// schemaProfile reads parameter profile and returns that of codelists, the first
// of several; else the default, which is also that of pages for people.
func (o *ogcRequest) schemaProfile() (string, error) {
	codelist := ""
	if o.query.Has("profile") {
		for name := range strings.SplitSeq(o.query.Get("profile"), ",") {
			id := strings.TrimPrefix(name, profileRegister)
			if !slices.Contains(schemaProfiles(), id) {
				return "", kvartal.Errorf(kvartal.KindInvalid, "profile is %.80q: want some of %s", name, strings.Join(schemaProfiles(), ", ")).In("profile")
			}
			if id != validDomain {
				codelist = cmp.Or(codelist, id)
			}
		}
	}
	if o.format == formatHTML {
		codelist = codelistInline
	}
	return cmp.Or(codelist, codelistInline), nil
}

// tellProfiles links the profiles of a schema from its header: schemas have no
// links (23-058r2, /rec/profile-codelists/profile-link-header).
func tellProfiles(h http.Header, codelist string) {
	for _, id := range []string{codelist, validDomain} {
		h.Add("Link", "<"+profileRegister+id+`>; rel="profile"`)
	}
}

// profileValues are those that parameter profile may have.
func profileValues() []string {
	values := schemaProfiles()
	for _, id := range schemaProfiles() {
		values = append(values, profileRegister+id)
	}
	return values
}
