package postgres

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// run runs cmd to its end or to that of ctx, whose error it then returns. Each
// line of its standard error goes to heard, if not nil. The error carries what
// the program last said.
func run(ctx context.Context, cmd *exec.Cmd, heard func(line string)) error {
	said := &listener{heard: heard}
	cmd.Stderr = said
	p, err := launch(cmd, true)
	if err != nil {
		return err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		_ = syscall.Kill(-p.pid, syscall.SIGKILL) // its group; it may have ended just now
		<-p.done
		return ctx.Err()
	}
	if !cmd.ProcessState.Success() {
		return fmt.Errorf("%s: %s: %s", filepath.Base(cmd.Path), cmd.ProcessState, said.last())
	}
	return nil
}

// listener is a standard error: it passes on whole lines and keeps the last few
// for the error message.
type listener struct {
	heard   func(line string)
	partial []byte
	lines   []string
}

func (l *listener) Write(p []byte) (int, error) {
	l.partial = append(l.partial, p...)
	for {
		line, rest, ok := bytes.Cut(l.partial, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		l.hear(string(line))
		l.partial = rest
	}
}

func (l *listener) hear(line string) {
	const most = 8
	l.lines = append(l.lines, line)
	if len(l.lines) > most {
		l.lines = l.lines[1:]
	}
	if l.heard != nil {
		l.heard(line)
	}
}

func (l *listener) last() string { return strings.Join(append(l.lines, string(l.partial)), "\n") }
