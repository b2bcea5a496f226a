package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"kvartal/auth"
	"kvartal/view"
)

// administrator signs ann in, who administers, and returns what calls as her.
func (c testCity) administrator(t *testing.T) (browser, func(method, path, body string) (int, string)) {
	t.Helper()
	c.addClerk(t)
	if err := c.auth.SetRoles(t.Context(), auth.Actor{}, "ann", []string{auth.RoleAdministrator}); err != nil {
		t.Fatal(err)
	}
	b := c.signIn(t)
	return b, b.caller(t)
}

// caller returns what sends requests with the token of the session.
func (b browser) caller(t *testing.T) func(method, path, body string) (int, string) {
	t.Helper()
	_, csrf := b.user(t)
	return func(method, path, text string) (int, string) {
		t.Helper()
		r := b.do(t, method, path, text, map[string]string{"Content-Type": "application/json", "X-CSRF-Token": csrf})
		return r.StatusCode, body(t, r)
	}
}

// Who does not administer finds nothing below /admin, whatever is there.
func TestAdministrationIsNotThereForOthers(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.addClerk(t)
	call := c.signIn(t).caller(t)
	for path, methods := range map[string]string{
		"/admin/users": "GET POST", "/admin/users/ann": "PATCH DELETE", "/admin/users/ann/password": "POST", "/admin/users/ann/sessions": "DELETE",
		"/admin/roles": "GET POST", "/admin/roles/clerk": "PATCH DELETE", "/admin/roles/clerk/grants": "GET POST", "/admin/roles/clerk/grants/1": "PUT DELETE",
		"/admin/layers": "GET", "/admin/layers/parcels": "PUT", "/admin/keys": "GET POST", "/admin/keys/x": "DELETE", "/admin/audit": "GET", "/session/preview": "POST",
	} {
		for method := range strings.FieldsSeq(methods) {
			if code, text := call(method, path, "{}"); code != http.StatusNotFound {
				t.Errorf("%s %s of a clerk = %d %s, want %d", method, path, code, text, http.StatusNotFound)
			}
			if r := (browser{handler: c.handler}).do(t, method, path, "{}", map[string]string{"Content-Type": "application/json"}); r.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s of nobody = %d, want %d", method, path, r.StatusCode, http.StatusNotFound)
			}
		}
	}
}

// step is a request of an administrator and what is expected of it.
type step struct {
	method, path, body string
	want               int
	says               string
}

func run(t *testing.T, call func(method, path, body string) (int, string), steps []step) {
	t.Helper()
	for _, s := range steps {
		if code, text := call(s.method, s.path, s.body); code != s.want || !strings.Contains(text, s.says) {
			t.Errorf("%s %s %s = %d %s, want %d with %s", s.method, s.path, s.body, code, text, s.want, s.says)
		}
	}
}

func TestAdministeringAccountsRolesAndKeys(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	_, call := c.administrator(t)
	run(t, call, []step{
		{"POST", "/admin/roles", `{"name":"inspector","title":"Inspectors"}`, 201, "inspector"},
		{"POST", "/admin/roles", `{"name":"inspector","title":""}`, 409, `"field":"name"`},
		{"POST", "/admin/roles", `{"name":"Inspector"}`, 400, `"field":"name"`},
		{"PATCH", "/admin/roles/inspector", `{"title":"They inspect"}`, 204, ""},
		{"POST", "/admin/users", `{"name":"bob","title":"Bob","roles":["inspector"]}`, 201, `"password":"`},
		{"POST", "/admin/users", `{"name":"bob"}`, 409, `"field":"name"`},
		{"POST", "/admin/users", `{"name":"eve","roles":["emperor"]}`, 400, `"field":"roles"`},
		{"POST", "/admin/users", `{"name":"eve","power":true}`, 400, ""},
		{"GET", "/admin/users", "", 200, `{"name":"bob","title":"Bob","roles":["inspector"],"disabled":false,"temporary":true,"lockedUntil":null,`},
		{"GET", "/admin/roles", "", 200, `{"name":"inspector","title":"They inspect","builtin":false,"users":1,"keys":0,"grants":0}`},
		{"PATCH", "/admin/users/bob", `{"disabled":true}`, 204, ""},
		{"PATCH", "/admin/users/nobody", `{"disabled":true}`, 404, ""},
		{"PATCH", "/admin/users/ann", `{"disabled":true}`, 409, "another administrator"},
		{"PATCH", "/admin/users/ann", `{"roles":[]}`, 409, "another administrator"},
		{"DELETE", "/admin/users/ann", "", 409, "another administrator"},
		{"POST", "/admin/users/bob/password", `{}`, 200, `"password":"`},
		{"DELETE", "/admin/users/bob/sessions", "", 204, ""},
		{"POST", "/admin/keys", `{"title":"Meters","roles":["inspector"],"days":9}`, 201, `"key":"kvartal_`},
		{"POST", "/admin/keys", `{"title":"Meters","roles":[],"days":9000}`, 400, `"field":"days"`},
		{"GET", "/admin/keys", "", 200, `"title":"Meters"`},
		{"DELETE", "/admin/keys/nothing", "", 404, ""},
		{"DELETE", "/admin/roles/public", "", 400, ""},
		{"DELETE", "/admin/roles/inspector", "", 204, ""},
		{"DELETE", "/admin/users/bob", "", 204, ""},
		{"DELETE", "/admin/users/bob", "", 404, ""},
		{"GET", "/admin/layers?lang=en", "", 200, `"id":"parcels"`},
		{"GET", "/admin/audit?who=ann&what=account.&limit=1", "", 200, `"next":`},
		{"GET", "/admin/audit?f=csv", "", 200, "account.delete,bob"},
		{"GET", "/admin/audit?f=ndjson&what=role.delete", "", 200, `"subject":"inspector"`},
		{"GET", "/admin/audit?since=yesterday", "", 400, `"field":"since"`},
	})
}

func TestAdministeringGrants(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	_, call := c.administrator(t)
	const area = `{"polygon":{"type":"Polygon","coordinates":[[[-76,39],[-75,39],[-75,40],[-76,40],[-76,39]]]}}`
	const path = "/admin/roles/clerk/grants"
	run(t, call, []step{
		{"POST", path, `{"layer":"parcels","actions":["query","change"],"attributes":{"*":"readable","holder":"masked","address":"writable","category":"hidden"},"filter":"category = 'settlement'","area":` + area + `}`, 201, `"id":`},
		{"GET", path, "", 200, `"attributes":{"*":"readable","address":"writable","category":"hidden","holder":"masked"},"filter":"category = 'settlement'","area":` + area},
		{"POST", path, `{"layer":"nothing","actions":["query"]}`, 400, `"field":"layer"`},
		{"POST", path, `{"layer":"parcels","actions":[]}`, 400, `"field":"actions"`},
		{"POST", path, `{"layer":"parcels","actions":["query"],"attributes":{"colour":"readable"}}`, 400, `"field":"attributes"`},
		{"POST", path, `{"layer":"parcels","actions":["query"],"attributes":{"holder":"eaten"}}`, 400, `"field":"attributes"`},
		{"POST", path, `{"layer":"parcels","actions":["query"],"area":{"polygon":{"type":"Point","coordinates":[1,2]}}}`, 400, `"field":"area"`},
		{"POST", "/admin/roles/nobody/grants", `{"layer":"parcels","actions":["query"]}`, 404, ""},
		{"DELETE", path + "/4711", "", 404, ""},
		{"PUT", "/admin/layers/parcels", `{"closed":true}`, 204, ""},
		{"PUT", "/admin/layers/shrubs", `{"closed":true}`, 404, ""},
	})
	var list struct{ Grants []struct{ ID int64 } }
	_, text := call("GET", path, "")
	decode(t, text, &list)
	id, _ := json.Marshal(list.Grants[0].ID)
	own := path + "/" + string(id)
	run(t, call, []step{
		{"DELETE", "/admin/roles/public/grants/" + string(id), "", 404, ""}, // not a grant of that role
		{"PUT", "/admin/roles/public/grants/" + string(id), `{"layer":"parcels","actions":["query"]}`, 404, ""},
		{"PUT", own, `{"layer":"parcels","actions":["query"],"attributes":{"address":"readable"}}`, 204, ""},
		{"GET", path, "", 200, `"attributes":{"address":"readable"},"filter":"","area":null`},
		{"DELETE", own, "", 204, ""},
		{"GET", "/admin/audit?layer=parcels&what=grant.", "", 200, `"new":null`},
	})
}

// A preview shows what the role sees, in every outlet, and may only read.
func TestPreviewShowsWhatARoleSees(t *testing.T) {
	t.Parallel()
	c := openGuarded(t)
	b, call := c.administrator(t)
	c.give(t, view.Grant{Role: "clerk", Layer: "parcels", Actions: []view.Action{view.Query}, Attributes: []string{"*"}})
	if text := body(t, b.get(t, "/table/parcels")); strings.Contains(text, hiddenRow) {
		t.Fatal("administrators see what they are not granted")
	}
	run(t, call, []step{
		{"POST", "/session/preview", `{"role":"nobody"}`, 404, ""},
		{"POST", "/session/preview", `{"role":"clerk"}`, 204, ""},
		{"GET", "/session", "", 200, `"preview":"clerk"`},
		{"GET", "/table/parcels", "", 200, hiddenRow},
		{"GET", "/admin/users", "", 404, ""},
		{"POST", "/admin/users", `{"name":"eve"}`, 403, "may only read"},
		{"PUT", "/session/password", `{}`, 403, "may only read"},
		{"POST", "/session/preview", `{"role":"public"}`, 204, ""},
		{"GET", "/session", "", 200, `"preview":"public"`},
		{"DELETE", "/session/preview", "", 204, ""},
		{"GET", "/session", "", 200, `"preview":null`},
		{"GET", "/admin/users", "", 200, ""},
	})
}

// A password that somebody else gave lets in only to choose another, which ends
// all other sessions.
func TestChoosingAPassword(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	c.administrator(t)
	password, err := c.auth.AddAccountFor(t.Context(), auth.Actor{}, auth.Account{Name: "bob", Roles: []string{auth.RoleAdministrator}})
	if err != nil {
		t.Fatal(err)
	}
	bob, other := c.signInAs(t, "bob", password), c.signInAs(t, "bob", password)
	call := bob.caller(t)
	run(t, call, []step{
		{"GET", "/session", "", 200, `"temporary":true`},
		{"GET", "/admin/users", "", 404, ""},
		{"PUT", "/session/password", `{"current":"` + passphrase + `","password":"` + passphrase + `"}`, 403, ""},
		{"PUT", "/session/password", `{"current":"` + password + `","password":"short"}`, 400, `"field":"password"`},
		{"PUT", "/session/password", `{"current":"` + password + `","password":"` + password + `"}`, 400, `"field":"password"`},
		{"PUT", "/session/password", `{"current":"` + password + `","password":"` + passphrase + `"}`, 204, ""},
	})
	for name, b := range map[string]browser{"of the change": bob, "another": other} {
		if user, _ := b.user(t); user != "" {
			t.Errorf("the session %s is still of %q, want it to have ended", name, user)
		}
	}
	run(t, c.signInAs(t, "bob", passphrase).caller(t), []step{{"GET", "/admin/users", "", 200, ""}})
}

func TestTheFirstAdministrator(t *testing.T) {
	t.Parallel()
	c := openCity(t)
	token, err := c.auth.FirstToken(t.Context())
	if err != nil || token == "" {
		t.Fatalf("FirstToken = %q, %v, want one", token, err)
	}
	call := browser{handler: c.handler}.caller(t)
	run(t, call, []step{
		{"GET", "/session", "", 200, `"first":true`},
		{"POST", "/session/first", `{"token":"guessed","name":"ann","password":"` + passphrase + `"}`, 403, ""},
		{"POST", "/session/first", `{"token":"` + token + `","name":"ann","password":"short"}`, 400, `"field":"password"`},
		{"POST", "/session/first", `{"token":"` + token + `","name":"ann","password":"` + passphrase + `"}`, 204, ""},
		{"POST", "/session/first", `{"token":"` + token + `","name":"eve","password":"` + passphrase + `"}`, 403, ""},
		{"GET", "/session", "", 200, `"first":false`},
	})
	run(t, c.signIn(t).caller(t), []step{{"GET", "/admin/users", "", 200, `"roles":["administrator"]`}})
	if again, err := c.auth.FirstToken(t.Context()); err != nil || again != "" {
		t.Errorf("FirstToken with an administrator = %q, %v, want none", again, err)
	}
}
