package postgres

import "testing"

func TestOlder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"3.3.2", "3.3", false},
		{"3.3", "3.3", false},
		{"3.2.9", "3.3", true},
		{"3.10.0", "3.3", false},
		{"4.0", "3.3", false},
		{"3", "3.3", true},
		{"3.3.0beta2", "3.3", false},
		{"2.5.1", "3.3", true},
		{"3.4dev", "3.3", false},
	} {
		if got := older(c.a, c.b); got != c.want {
			t.Errorf("older(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
