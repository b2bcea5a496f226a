package bus

import (
	"context"
	"fmt"
	"log/slog"
)

// natsLog passes on what the embedded server says when something is wrong.
type natsLog struct{ log *slog.Logger }

func (l natsLog) tell(level slog.Level, format string, v []any) {
	l.log.Log(context.Background(), level, "bus: "+fmt.Sprintf(format, v...))
}

// Noticef implements server.Logger, as do the methods below.
func (natsLog) Noticef(string, ...any) {}

// Debugf is for those who work on NATS.
func (natsLog) Debugf(string, ...any) {}

// Tracef is for those who work on NATS.
func (natsLog) Tracef(string, ...any) {}

// Warnf tells operators.
func (l natsLog) Warnf(format string, v ...any) { l.tell(slog.LevelWarn, format, v) }

// Errorf tells operators.
func (l natsLog) Errorf(format string, v ...any) { l.tell(slog.LevelError, format, v) }

// Fatalf tells operators; whether the program ends is not for a library to say.
func (l natsLog) Fatalf(format string, v ...any) { l.tell(slog.LevelError, format, v) }
