package webmap

import (
	"io/fs"
	"testing"
)

func TestDistIsRootedAtTheBuild(t *testing.T) {
	t.Parallel()
	if _, err := fs.Stat(Dist(), ".gitkeep"); err != nil {
		t.Fatalf("fs.Stat(Dist(), %q) = %v, want the placeholder that lets the package build before npm ran", ".gitkeep", err)
	}
}
