package postgres

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const megabyte = 1 << 20

// serverSettings returns the contents of postgresql.conf for a small server
// that runs this program beside the database.
func serverSettings(memory uint64) map[string]string {
	shared := clamp(memory/8, 128*megabyte, 2048*megabyte)
	return map[string]string{
		// Reached over the socket by our own user alone.
		"listen_addresses":        "",
		"unix_socket_permissions": "0700",
		"max_connections":         "100",
		"cluster_name":            "kvartal",

		"shared_buffers":       inMegabytes(shared),
		"effective_cache_size": inMegabytes(max(memory/2, shared)),
		"work_mem":             inMegabytes(clamp(memory/256, 8*megabyte, 64*megabyte)),
		"maintenance_work_mem": inMegabytes(clamp(memory/16, 64*megabyte, 512*megabyte)),
		"random_page_cost":     "1.1", // SSD
		"jit":                  "off", // compiles longer than our statements run

		"synchronous_commit":           "on",
		"wal_level":                    "minimal", // a revision loaded into new tables need not be logged twice
		"max_wal_senders":              "0",
		"wal_compression":              "on",
		"max_wal_size":                 "2GB",
		"checkpoint_timeout":           "15min",
		"checkpoint_completion_target": "0.9",

		"timezone":    "UTC",
		"datestyle":   "iso, ymd",
		"lc_messages": "C",

		// A week of logs, a file per weekday. Values of parameters are personal
		// data and stay out.
		"logging_collector":                 "on",
		"log_directory":                     "../log",
		"log_filename":                      "postgresql-%a.log",
		"log_truncate_on_rotation":          "on",
		"log_rotation_age":                  "1d",
		"log_rotation_size":                 "0",
		"log_timezone":                      "UTC",
		"log_line_prefix":                   "%m [%p] %u@%a ",
		"log_checkpoints":                   "on",
		"log_lock_waits":                    "on",
		"log_min_duration_statement":        "5s",
		"log_parameter_max_length":          "0",
		"log_parameter_max_length_on_error": "0",
	}
}

// throwawaySettings make a cluster fast that nobody misses after a crash.
func throwawaySettings() map[string]string {
	return map[string]string{
		"fsync":              "off",
		"synchronous_commit": "off",
		"full_page_writes":   "off",
		"autovacuum":         "off",
		"shared_buffers":     "64MB",
		"max_wal_size":       "4GB",
		"logging_collector":  "off",
	}
}

// localSettings is where an administrator overrides our settings; it is ours
// to include, not to write.
const localSettings = "local.conf"

// writeSettings writes the configuration of the cluster into dir, its folder,
// which the database user itself cannot write to.
func writeSettings(dir string, a account, settings map[string]string) error {
	settings["hba_file"] = filepath.Join(dir, "pg_hba.conf")
	settings["ident_file"] = filepath.Join(dir, "pg_ident.conf")
	files := map[string]string{
		"postgresql.conf": formatSettings(settings),
		"pg_hba.conf":     "# Written by kvartal at every start.\nlocal all all peer map=kvartal\n",
		"pg_ident.conf":   identMap(a),
	}
	for name, text := range files {
		if err := replaceFile(filepath.Join(dir, name), text); err != nil {
			return unwritable(dir, err)
		}
	}
	return nil
}

func formatSettings(settings map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by kvartal at every start. Put settings of your own into %s beside it.\n", localSettings)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.ReplaceAll(settings[name], "'", "''"))
	}
	fmt.Fprintf(&b, "include_if_exists = '%s'\n", localSettings)
	return b.String()
}

// identMap lets the operating system user of the cluster, and root, be any of
// the cluster's roles, and nobody else be anyone.
func identMap(a account) string {
	var b strings.Builder
	b.WriteString("# Written by kvartal at every start.\n")
	users := []string{a.name}
	if a.name != "root" {
		users = append(users, "root")
	}
	for _, user := range users {
		for _, role := range append(Roles(), superuser) {
			fmt.Fprintf(&b, "kvartal \"%s\" %s\n", strings.ReplaceAll(user, `"`, `""`), role)
		}
	}
	return b.String()
}

// fixedSettings are arguments of the server, which local.conf cannot change:
// where we look for the socket.
func fixedSettings(dir, socketDir string) []string {
	return []string{
		"-c", "config_file=" + filepath.Join(dir, "postgresql.conf"),
		"-c", "unix_socket_directories=" + quoteDirectory(socketDir),
		"-c", "port=5432",
	}
}

// quoteDirectory writes a path as an element of a list of identifiers, which
// unix_socket_directories is: a comma would end it.
func quoteDirectory(path string) string {
	return `"` + strings.ReplaceAll(path, `"`, `""`) + `"`
}

// replaceFile writes a file whole or not at all, readable by everybody.
func replaceFile(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // has moved if all went well
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// memoryOfMachine returns the bytes of memory of the machine or of the
// container (cgroup v2) we are in, or 1 GiB if nobody knows.
func memoryOfMachine() uint64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 1024 * megabyte
	}
	total := info.Totalram * uint64(info.Unit)
	text, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return total
	}
	limit, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil { // "max": no limit
		return total
	}
	return min(total, limit)
}

func clamp(v, low, high uint64) uint64 { return min(max(v, low), high) }

func inMegabytes(bytes uint64) string { return fmt.Sprintf("%dMB", bytes/megabyte) }
