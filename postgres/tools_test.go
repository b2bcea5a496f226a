package postgres

import (
	"net/url"
	"strings"
	"testing"

	"kvartal"
)

func TestConninfoHasNoSecrets(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"postgresql://anna:s3cret@db:5433/city?sslmode=verify-full&sslrootcert=/ca.pem": "postgresql://anna@db:5433/city?sslmode=verify-full&sslrootcert=/ca.pem",
		"postgres:///city?host=/run/x&user=anna&password=s3cret":                        "postgres:///city?host=/run/x&user=anna",
		"postgres://db/city?pool_max_conns=9&statement_timeout=1&search_path=x":         "postgres://db/city",
		"postgres://db/city?default_query_exec_mode=exec&statement_cache_capacity=0":    "postgres://db/city",
	} {
		got, err := withoutSecrets(address)
		if err == nil {
			got, err = url.QueryUnescape(got)
		}
		if err != nil || got != want || strings.Contains(got, "s3cret") {
			t.Errorf("withoutSecrets(%s) = %s, %v; want %s", address, got, err, want)
		}
	}
	if _, err := withoutSecrets("host=db password=s3cret"); kvartal.KindOf(err) != kvartal.KindInvalid || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("withoutSecrets(keywords and values) = %v, want it refused without the password", err)
	}
}
