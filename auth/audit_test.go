package auth_test

import (
	"testing"
	"time"

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

// A log that was cut is still a chain, and shows when its new head is gone, too.
func TestAuditIsCutAtACheckpoint(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	withAnn(t, s)
	if _, err := s.Cut(t.Context(), admin, 24*time.Hour); err == nil {
		t.Error("Cut of the last day = nil, want an error")
	}
	// As if all had been long ago: the events, with their chain, made anew.
	_, err := db.Pool.Exec(t.Context(), `ALTER TABLE audit.event DISABLE TRIGGER append_only;
		UPDATE audit.event SET at = at - interval '1 year';
		UPDATE audit.event AS e SET hash = audit.hash_of(e) WHERE id = 1;
		UPDATE audit.event SET previous = (SELECT hash FROM audit.event WHERE id = 1) WHERE id = 2;
		UPDATE audit.event AS e SET hash = audit.hash_of(e) WHERE id = 2;
		ALTER TABLE audit.event ENABLE TRIGGER append_only`)
	must(t, err)
	n, err := s.Cut(t.Context(), admin, 100*24*time.Hour)
	if err != nil || n != 2 {
		t.Fatalf("Cut = %d, %v, want 2", n, err)
	}
	must(t, s.SetRoles(t.Context(), admin, "ann", nil))
	if broken, err := s.Verify(t.Context()); err != nil || broken != 0 {
		t.Errorf("Verify of a log that was cut = %d, %v, want 0", broken, err)
	}
	events, err := s.Events(t.Context(), auth.Search{Limit: 10})
	if err != nil || len(events) != 2 || events[1].Action != "audit.cut" {
		t.Errorf("Events = %+v, %v, want that the log was cut", events, err)
	}
	_, err = db.Pool.Exec(t.Context(), "ALTER TABLE audit.event DISABLE TRIGGER append_only; DELETE FROM audit.event WHERE id = 3")
	must(t, err)
	if broken, err := s.Verify(t.Context()); err != nil || broken != 4 {
		t.Errorf("Verify without the head = %d, %v, want 4", broken, err)
	}
}
