package main

import "runtime/debug"

// version is set by the linker in releases.
var version = ""

type versionCommand struct{}

// Run prints the version and the commit the program was built from.
func (versionCommand) Run(out *output) error { //nolint:unparam // the form of every command
	out.print("kvartal %s\n", versionString())
	return nil
}

func versionString() string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case version != "":
		return version
	case ok:
		return info.Main.Version
	}
	return "unknown"
}
