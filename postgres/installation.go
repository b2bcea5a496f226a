package postgres

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"kvartal"
)

// Versions below these are refused, in the private cluster and outside.
const (
	minMajor   = 15
	minPostGIS = "3.3"
)

// installation is one major version of PostgreSQL on this machine, laid out as
// Debian does it: programs in /usr/lib/postgresql/15/bin, extensions in
// /usr/share/postgresql/15/extension. A `postgres` found on PATH could be
// anything, so PATH is not asked.
type installation struct {
	major int
	bin   string // folder of the programs
}

// program returns the path of one of the installation's programs.
func (i installation) program(name string) string { return filepath.Join(i.bin, name) }

// findInstallation returns the newest installation with PostGIS under root
// ("/"), or that of the given major version if major is not 0. The error names
// the packages to install.
func findInstallation(root string, major int) (installation, error) {
	majors := installedMajors(root, "postgres")
	if major != 0 {
		majors = slices.DeleteFunc(majors, func(m int) bool { return m != major })
	}
	for _, m := range majors {
		if exists(filepath.Join(root, "usr/share/postgresql", strconv.Itoa(m), "extension/postgis.control")) {
			return installation{m, binDir(root, m)}, nil
		}
	}
	return installation{}, missingPackages(majors, major)
}

// installedMajors returns the usable major versions under root that have a
// program, newest first: servers and clients are packages of their own.
func installedMajors(root, program string) []int {
	entries, err := os.ReadDir(filepath.Join(root, "usr/lib/postgresql"))
	if err != nil {
		return nil
	}
	var majors []int
	for _, e := range entries {
		m, err := strconv.Atoi(e.Name())
		if err == nil && m >= minMajor && exists(filepath.Join(binDir(root, m), program)) {
			majors = append(majors, m)
		}
	}
	slices.Sort(majors)
	slices.Reverse(majors)
	return majors
}

func binDir(root string, major int) string {
	return filepath.Join(root, "usr/lib/postgresql", strconv.Itoa(major), "bin")
}

// missingPackages says what to install: PostGIS for the newest PostgreSQL
// there is, or both for the major version wanted, or for Debian 12's.
func missingPackages(majors []int, wanted int) error {
	if len(majors) > 0 {
		return kvartal.Errorf(kvartal.KindUnavailable,
			"PostGIS for PostgreSQL %[1]d is not installed: run `apt-get install postgresql-%[1]d-postgis-3`, or set KVARTAL_DATABASE_URL to a database that has it", majors[0])
	}
	return kvartal.Errorf(kvartal.KindUnavailable,
		"PostgreSQL with PostGIS is not installed: run `apt-get install %s`, or set KVARTAL_DATABASE_URL to a database that has them", packages(wanted))
}

func packages(major int) string {
	return fmt.Sprintf("postgresql-%[1]d postgresql-%[1]d-postgis-3", max(major, minMajor))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
