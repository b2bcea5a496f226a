package auth_test

import (
	"testing"

	"kvartal/auth"
	"kvartal/postgres"
)

func TestAuditTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	withAnn(t, s)
	_, _ = s.SignIn(t.Context(), auth.Actor{Address: "192.0.2.9", Request: "R1"}, "ann", "wrong "+passphrase)
	signIn(t, s)
	events, err := s.Events(t.Context(), auth.Search{Limit: 10})
	must(t, err)
	var got []string
	for _, e := range events {
		got = append(got, e.Action+" by "+e.Principal+" from "+e.Address)
	}
	want := []string{"session.begin by ann from 192.0.2.1", "session.refused by  from 192.0.2.9", "account.add by root from local", "role.add by root from local"}
	if len(got) != len(want) {
		t.Fatalf("Events = %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("event %d = %q, want %q", i, got[i], want[i])
		}
	}
	sessions, err := s.Events(t.Context(), auth.Search{Action: "session.", Principal: "ann", Limit: 10})
	if err != nil || len(sessions) != 1 {
		t.Errorf("Events of ann's sessions = %d, %v, want 1", len(sessions), err)
	}
}

func TestAuditIsOnlyEverAddedTo(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	withAnn(t, s)
	for _, role := range []postgres.Role{postgres.Owner, postgres.App, postgres.Audit, postgres.Reader} {
		pool := db.Connect(t, role)
		for _, sql := range []string{
			"UPDATE audit.event SET principal = 'nobody'", "DELETE FROM audit.event", "TRUNCATE audit.event",
		} {
			if _, err := pool.Exec(t.Context(), sql); err == nil {
				t.Errorf("%s as %s = nil, want an error", sql, role)
			}
		}
	}
	if _, err := db.Connect(t, postgres.App).Exec(t.Context(), "INSERT INTO audit.event SELECT * FROM audit.event"); err == nil {
		t.Error("the program can add events without their chain")
	}
	if _, err := db.Connect(t, postgres.Reader).Exec(t.Context(), "SELECT FROM auth.account"); err == nil {
		t.Error("a reader of layers can read accounts")
	}
}

func TestAuditShowsWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]struct {
		sql  string
		want int64
	}{
		"changed":     {"UPDATE audit.event SET subject = 'bob' WHERE id = 2", 2},
		"taken out":   {"DELETE FROM audit.event WHERE id = 2", 3},
		"hashed anew": {"UPDATE audit.event AS e SET subject = 'bob', hash = audit.hash_of(ROW(e.id, e.at, e.principal, e.action, 'bob', e.address, e.request, e.detail, e.previous, e.hash)) WHERE id = 2", 3},
		"not at all":  {"SELECT 1", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, db := open(t)
			withAnn(t, s)
			must(t, s.SetRoles(t.Context(), admin, "ann", nil))
			if broken, err := s.Verify(t.Context()); err != nil || broken != 0 {
				t.Fatalf("Verify of a whole log = %d, %v, want 0", broken, err)
			}
			_, err := db.Pool.Exec(t.Context(), "ALTER TABLE audit.event DISABLE TRIGGER append_only; "+tamper.sql)
			must(t, err)
			if broken, err := s.Verify(t.Context()); err != nil || broken != tamper.want {
				t.Errorf("Verify = %d, %v, want %d", broken, err, tamper.want)
			}
		})
	}
}
