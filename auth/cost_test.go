package auth_test

import (
	"runtime"
	"testing"

	"kvartal/auth"
)

// Whoever tries to sign in must not learn by the time it takes whether a name
// exists, is locked or disabled: each attempt computes one digest of a password,
// which is told by the memory it takes. No other test runs beside this one.
func TestEveryAttemptToSignInCostsTheSame(t *testing.T) {
	s, _ := open(t)
	withAnn(t, s)
	must(t, s.AddAccount(t.Context(), admin, auth.Account{Name: "bob"}, passphrase))
	must(t, s.Disable(t.Context(), admin, "bob", true))
	must(t, s.AddAccount(t.Context(), admin, auth.Account{Name: "eve"}, passphrase))
	for range 6 { // until it is locked
		_, _ = s.SignIn(t.Context(), auth.Actor{}, "eve", "wrong "+passphrase)
	}
	const digest = 64 << 20 // bytes of memory that Argon2id is told to fill
	for _, name := range []string{"ann", "bob", "eve", "nobody", "ann' OR true --"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := s.SignIn(t.Context(), auth.Actor{}, name, "wrong "+passphrase)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("a wrong password lets %q in", name)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used < digest || used > digest*3/2 {
			t.Errorf("signing in as %q takes %d bytes, want about %d", name, used, digest)
		}
	}
}
