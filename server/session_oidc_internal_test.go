package server

import "testing"

func TestOwnPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/": "/", "/map?layers=trees#12/1/2": "/map?layers=trees#12/1/2", "": "/", "map": "/",
		"https://evil.example": "/", "//evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/", "/\t/evil.example": "/",
		"javascript:alert(1)": "/", "///evil.example": "/", "/%0d%0aSet-Cookie:x": "/%0d%0aSet-Cookie:x", "/\r\nSet-Cookie: x": "/",
	} {
		if got := ownPath(path); got != want {
			t.Errorf("ownPath(%q) = %q, want %q", path, got, want)
		}
	}
}
