package main

import (
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"kvartal"
)

// maxSecret bounds the file of a secret, in bytes.
const maxSecret = 64 << 10

// secretFiles reads settings from the files that KVARTAL_…_FILE names, as those
// who keep secrets (systemd, Kubernetes) hand them out: a secret in the
// environment is inherited, and seen by who may list processes.
type secretFiles struct{}

// Validate implements kong.Resolver.
func (secretFiles) Validate(*kong.Application) error { return nil }

// Resolve returns what the file of a setting holds, without the end of its line.
func (secretFiles) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		path := os.Getenv(name + "_FILE")
		if path == "" {
			continue
		}
		if _, set := os.LookupEnv(name); set {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "%s and %[1]s_FILE are both set: keep one of them", name)
		}
		file, err := os.Open(path) //nolint:gosec // the administrator's own setting
		if err != nil {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "the file that %s_FILE names cannot be read: %v", name, err)
		}
		defer file.Close()
		value, err := io.ReadAll(io.LimitReader(file, maxSecret))
		if err != nil {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "the file that %s_FILE names cannot be read: %v", name, err)
		}
		return strings.TrimRight(string(value), "\r\n"), nil
	}
	return nil, nil
}
