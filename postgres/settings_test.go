package postgres

import (
	"strings"
	"testing"
)

func TestSettingsFitTheMachine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		memory uint64
		shared string
		work   string
	}{
		{512 * megabyte, "128MB", "8MB"},
		{8192 * megabyte, "1024MB", "32MB"},
		{65536 * megabyte, "2048MB", "64MB"},
	} {
		got := serverSettings(c.memory)
		if got["shared_buffers"] != c.shared || got["work_mem"] != c.work {
			t.Errorf("with %d MB: shared_buffers %s, work_mem %s; want %s, %s",
				c.memory/megabyte, got["shared_buffers"], got["work_mem"], c.shared, c.work)
		}
	}
}

func TestIdentMapAdmitsOwnUserAndRoot(t *testing.T) {
	t.Parallel()
	got := identMap(account{name: `an"na`})
	for _, want := range []string{`kvartal "an""na" kvartal_owner`, `kvartal "root" kvartal_reader`, `kvartal "root" postgres`} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("identMap = %s, want the line %s", got, want)
		}
	}
	if n := strings.Count(got, "\nkvartal "); n != 10 {
		t.Errorf("identMap has %d lines, want 10", n)
	}
}
