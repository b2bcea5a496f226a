// Package webmap carries the built web map inside the server's binary: the
// browser application, sprites and fonts. It serves nothing itself, and it is
// empty but for a placeholder until `npm run build` has run in this folder.
package webmap

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist returns the files of the build by their path under the site's root:
// "index.html", "assets/…", "sprites/…", "fonts/…". Text assets have
// compressed twins beside them, "<name>.br" and "<name>.gz".
func Dist() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is named in the embed directive above
	}
	return files
}
