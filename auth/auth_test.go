package auth_test

import (
	"strings"
	"testing"
	"time"

	"kvartal"
	"kvartal/auth"
	"kvartal/postgres"
	"kvartal/postgres/pgtest"
	"kvartal/view"
)

const passphrase = "seventeen green lamps"

var admin = auth.Actor{Principal: kvartal.Principal{Name: "root"}, Address: "local"}

func open(t *testing.T) (*auth.Service, *pgtest.DB) {
	t.Helper()
	db := pgtest.New(t)
	return openAgain(t, db), db
}

// openAgain returns a service of another server on the same database.
func openAgain(t *testing.T, db *pgtest.DB) *auth.Service {
	t.Helper()
	s, err := auth.Open(t.Context(), db.Connect(t, postgres.App))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// withAnn adds an account.
func withAnn(t *testing.T, s *auth.Service) {
	t.Helper()
	must(t, s.AddRole(t.Context(), admin, auth.Role{Name: "clerk"}))
	must(t, s.AddAccount(t.Context(), admin, auth.Account{Name: "ann", Title: "Ann", Roles: []string{"clerk"}}, passphrase))
}

func signIn(t *testing.T, s *auth.Service) string {
	t.Helper()
	token, err := s.SignIn(t.Context(), auth.Actor{Address: "192.0.2.1"}, "Ann", passphrase)
	must(t, err)
	return token
}

// alive reports whether a token is that of a session.
func alive(t *testing.T, s *auth.Service, token string) bool {
	t.Helper()
	_, ok, err := s.Session(t.Context(), token)
	must(t, err)
	return ok
}

func TestSessionsEndForEveryServer(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	other := openAgain(t, db)
	withAnn(t, s)
	for name, end := range map[string]func(token string) error{
		"signed out": func(token string) error { return s.SignOut(t.Context(), admin, token, false) },
		"everywhere": func(string) error { return s.SignOut(t.Context(), admin, signIn(t, s), true) },
		"password":   func(string) error { return s.SetPassword(t.Context(), admin, "ann", passphrase) },
		"disabled":   func(string) error { return s.Disable(t.Context(), admin, "ann", true) },
	} {
		must(t, s.Disable(t.Context(), admin, "ann", false))
		token := signIn(t, s)
		must(t, other.Refresh(t.Context()))
		if !alive(t, s, token) || !alive(t, other, token) {
			t.Errorf("%s: a new session is not there", name)
		}
		must(t, end(token))
		must(t, other.Refresh(t.Context()))
		if alive(t, s, token) || alive(t, other, token) {
			t.Errorf("%s: the session is still there", name)
		}
	}
}

func TestRolesChangeForOpenSessions(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	withAnn(t, s)
	token := signIn(t, s)
	must(t, s.SetRoles(t.Context(), admin, "ann", nil))
	session, _, err := s.Session(t.Context(), token)
	must(t, err)
	if got := strings.Join(session.Principal.Roles, " "); got != "public" {
		t.Errorf("roles of an open session = %q, want public", got)
	}
}

func TestSigningInTellsNothing(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	withAnn(t, s)
	must(t, s.AddAccount(t.Context(), admin, auth.Account{Name: "bob"}, passphrase))
	must(t, s.Disable(t.Context(), admin, "bob", true))
	var answers []string
	for _, name := range []string{"ann", "bob", "nobody", "ann' OR true --"} {
		_, err := s.SignIn(t.Context(), auth.Actor{}, name, "wrong "+passphrase)
		if kvartal.KindOf(err) != kvartal.KindForbidden {
			t.Fatalf("SignIn %s = %v, want %v", name, err, kvartal.KindForbidden)
		}
		answers = append(answers, err.Error())
	}
	for _, answer := range answers {
		if answer != answers[0] {
			t.Errorf("answers to wrong names and passwords = %q, want all the same", answers)
		}
	}
	if _, err := s.SignIn(t.Context(), auth.Actor{}, "bob", passphrase); err == nil {
		t.Error("a disabled account signs in")
	}
}

func TestAccountsAreLockedAfterWrongPasswords(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	withAnn(t, s)
	for range 7 {
		_, _ = s.SignIn(t.Context(), auth.Actor{}, "ann", "wrong "+passphrase)
	}
	// The clock of the database decides; the lock is made long for the test.
	_, err := db.Pool.Exec(t.Context(), "UPDATE auth.account SET locked_until = locked_until + interval '1 hour' WHERE failures >= 5 AND locked_until IS NOT NULL")
	must(t, err)
	if _, err := s.SignIn(t.Context(), auth.Actor{}, "ann", passphrase); kvartal.KindOf(err) != kvartal.KindForbidden {
		t.Errorf("SignIn with the right password to a locked account = %v, want %v", err, kvartal.KindForbidden)
	}
	must(t, s.SetPassword(t.Context(), admin, "ann", passphrase))
	signIn(t, s)
}

func TestPasswordsThatAreGuessedAreRefused(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	for _, password := range []string{"", "short", strings.Repeat("a", 20), "ann-ann-ann-ann-ann", "qwertyqwertyqwerty", strings.Repeat("long ", 60), "пароль пароль пароль", "bad \xff bytes in here"} {
		err := s.AddAccount(t.Context(), admin, auth.Account{Name: "ann"}, password)
		if kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("AddAccount with password %q = %v, want %v", password, err, kvartal.KindInvalid)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	must(t, s.AddRole(t.Context(), admin, auth.Role{Name: "feeder"}))
	key, err := s.AddKey(t.Context(), admin, "meters", []string{"feeder"}, time.Hour)
	must(t, err)
	p, err := s.Key(t.Context(), key)
	if err != nil || strings.Join(p.Roles, " ") != "feeder public" || !strings.HasPrefix(p.Name, "key:") {
		t.Fatalf("Key = %+v, %v", p, err)
	}
	for _, wrong := range []string{"", "kvartal_", key + "x", key[:len(key)-1], strings.Replace(key, "kvartal_", "", 1)} {
		if _, err := s.Key(t.Context(), wrong); kvartal.KindOf(err) != kvartal.KindForbidden {
			t.Errorf("Key %q = %v, want %v", wrong, err, kvartal.KindForbidden)
		}
	}
	_, err = db.Pool.Exec(t.Context(), "UPDATE auth.key SET expires_at = clock_timestamp()")
	must(t, err)
	must(t, s.Refresh(t.Context()))
	if _, err := s.Key(t.Context(), key); kvartal.KindOf(err) != kvartal.KindForbidden {
		t.Errorf("Key after its end = %v, want %v", err, kvartal.KindForbidden)
	}
	if _, err := s.AddKey(t.Context(), admin, "x", []string{"nobody"}, time.Hour); kvartal.KindOf(err) != kvartal.KindInvalid {
		t.Errorf("AddKey with a role that is not there = %v, want %v", err, kvartal.KindInvalid)
	}
}

func TestPolicyAddsGrantsToDefaults(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	must(t, s.AddRole(t.Context(), admin, auth.Role{Name: "clerk"}))
	defaults := []view.Grant{{Role: "public", Actions: []view.Action{view.See}}}
	id, err := s.Give(t.Context(), admin, view.Grant{Role: "clerk", Layer: "parcels", Actions: []view.Action{view.Query}, Attributes: []string{"*"}})
	must(t, err)
	granted := func(roles ...string) int { return len(s.Policy().Grants("parcels", defaults, roles)) }
	if clerk, public, none := granted("clerk", "public"), granted("public"), granted(); clerk != 2 || public != 1 || none != 0 {
		t.Errorf("grants of clerk, public, nobody = %d, %d, %d, want 2, 1, 0", clerk, public, none)
	}
	must(t, s.Close(t.Context(), admin, "parcels", true))
	if clerk, public := granted("clerk", "public"), granted("public"); clerk != 1 || public != 0 {
		t.Errorf("grants of a closed layer for clerk, public = %d, %d, want 1, 0", clerk, public)
	}
	must(t, s.Revoke(t.Context(), admin, id))
	if clerk := granted("clerk", "public"); clerk != 0 {
		t.Errorf("grants after revoking = %d, want 0", clerk)
	}
	if _, err := s.Give(t.Context(), admin, view.Grant{Role: "nobody", Layer: "parcels", Actions: []view.Action{view.See}}); kvartal.KindOf(err) != kvartal.KindNotFound {
		t.Errorf("Give to a role that is not there = %v, want %v", err, kvartal.KindNotFound)
	}
}

func TestDeletingARoleTakesWhatItWasGranted(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	withAnn(t, s)
	_, err := s.Give(t.Context(), admin, view.Grant{Role: "clerk", Layer: "parcels", Actions: []view.Action{view.Query}})
	must(t, err)
	must(t, s.DeleteRole(t.Context(), admin, "clerk"))
	accounts, err := s.Accounts(t.Context())
	must(t, err)
	grants, err := s.Grants(t.Context())
	must(t, err)
	if len(accounts[0].Roles) != 0 || len(grants) != 0 {
		t.Errorf("roles, grants = %v, %v, want none", accounts[0].Roles, grants)
	}
}
