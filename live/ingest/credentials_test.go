package ingest_test

import (
	"testing"

	"kvartal"
	"kvartal/live/ingest"
	"kvartal/live/trackers"
	"kvartal/postgres"
	"kvartal/postgres/pgtest"
)

func TestCredentials(t *testing.T) {
	t.Parallel()
	c := ingest.NewCredentials(pgtest.New(t).Connect(t, postgres.App))
	if err := c.SetPassword(t.Context(), "7", "winter"); err != nil {
		t.Fatalf("SetPassword = %v", err)
	}
	for _, test := range []struct {
		login trackers.Login
		want  kvartal.Kind
		ok    bool
	}{
		{login: trackers.Login{Device: "7", Password: "winter"}, ok: true},
		{login: trackers.Login{Device: "7", Password: "summer"}, want: kvartal.KindForbidden},
		{login: trackers.Login{Device: "7"}, want: kvartal.KindForbidden},
		{login: trackers.Login{Device: "8"}, ok: true},
	} {
		if err := c.Admit(t.Context(), test.login); test.ok != (err == nil) || !test.ok && kvartal.KindOf(err) != test.want {
			t.Errorf("Admit(%+v) = %v, want ok %v", test.login, err, test.ok)
		}
	}
	if devices, err := c.Devices(t.Context()); err != nil || len(devices) != 1 || devices[0] != "7" {
		t.Errorf("Devices = %q, %v, want 7", devices, err)
	}
	if err := c.DropPassword(t.Context(), "7"); err != nil {
		t.Errorf("DropPassword = %v", err)
	}
	if err := c.DropPassword(t.Context(), "7"); kvartal.KindOf(err) != kvartal.KindNotFound {
		t.Errorf("DropPassword again = %v, want KindNotFound", err)
	}
	if err := c.SetPassword(t.Context(), "7\x00", "winter"); kvartal.KindOf(err) != kvartal.KindInvalid {
		t.Errorf("SetPassword of a name that is none = %v, want KindInvalid", err)
	}
}
