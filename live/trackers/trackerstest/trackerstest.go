// Package trackerstest is the suite that every protocol of live/trackers
// passes: frames that come whole, byte by byte, joined, truncated, corrupted.
package trackerstest

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kvartal"
	"kvartal/live/trackers"
)

// Suite describes a protocol to the tests.
type Suite struct {
	// New begins a session.
	New func() trackers.Session
	// Frames are valid frames that one session may receive in this order.
	Frames [][]byte
	// Checked says that frames carry a checksum, so that a changed byte must not
	// make another message of them.
	Checked bool
}

// Run runs all tests of the suite.
func Run(t *testing.T, s Suite) {
	t.Helper()
	want := s.whole(t)
	t.Run("joined", func(t *testing.T) {
		t.Parallel()
		s.same(t, want, bytes.Join(s.Frames, nil), 1<<30)
	})
	t.Run("byte by byte", func(t *testing.T) {
		t.Parallel()
		s.same(t, want, bytes.Join(s.Frames, nil), 1)
	})
	t.Run("truncated", func(t *testing.T) { t.Parallel(); s.truncated(t) })
	t.Run("corrupted", func(t *testing.T) { t.Parallel(); s.corrupted(t) })
}

func (s Suite) whole(t *testing.T) []trackers.Message {
	t.Helper()
	session := s.New()
	var messages []trackers.Message
	for i, frame := range s.Frames {
		n, err := session.Split(frame)
		if n != len(frame) || err != nil {
			t.Fatalf("Split(frame %d) = %d, %v, want %d", i, n, err, len(frame))
		}
		message, err := session.Decode(frame)
		if err != nil {
			t.Fatalf("Decode(frame %d) = %v, want no error", i, err)
		}
		messages = append(messages, message)
	}
	return messages
}

// same feeds a stream in pieces of at most size bytes, overwriting what has
// been decoded, and wants the messages of the whole frames.
func (s Suite) same(t *testing.T, want []trackers.Message, stream []byte, size int) {
	t.Helper()
	session := s.New()
	var got []trackers.Message
	var buffer []byte
	for len(stream) > 0 {
		n := min(size, len(stream))
		buffer = append(buffer, stream[:n]...)
		stream = stream[n:]
		for len(buffer) > 0 {
			n, err := session.Split(buffer)
			if err != nil {
				t.Fatalf("Split after %d frames = %v, want no error", len(got), err)
			}
			if n == 0 {
				break
			}
			frame := bytes.Clone(buffer[:n])
			message, err := session.Decode(frame)
			if err != nil {
				t.Fatalf("Decode(frame %d) = %v, want no error", len(got), err)
			}
			clear(frame)
			got = append(got, message)
			buffer = buffer[n:]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages differ (-whole frames +stream):\n%s", diff)
	}
}

// truncated wants Split to ask for more or to refuse, and Decode of a part to
// give an error or less, but never to read beyond it.
func (s Suite) truncated(t *testing.T) {
	for i, frame := range s.Frames {
		for n := range frame {
			session := s.New()
			part := bytes.Clone(frame[:n:n])
			if got, err := session.Split(part); err == nil && got > n {
				t.Fatalf("Split(%d bytes of frame %d) = %d, want no more than there are", n, i, got)
			}
			_, _ = session.Decode(part) // must not panic; what it says of a part is its own affair
		}
	}
}

func (s Suite) corrupted(t *testing.T) {
	for i, frame := range s.Frames {
		want, err := s.New().Decode(frame)
		if err != nil {
			t.Fatalf("Decode(frame %d) = %v, want no error", i, err)
		}
		for at := range frame {
			session := s.New()
			damaged := bytes.Clone(frame)
			damaged[at] ^= 0x40
			n, err := session.Split(damaged)
			if err != nil || n != len(frame) {
				continue
			}
			message, err := session.Decode(damaged)
			if s.Checked && err == nil && len(message.Fixes) > 0 && !cmp.Equal(want, message) {
				t.Fatalf("Decode(frame %d with byte %d changed) = %+v, want an error", i, at, message)
			}
		}
	}
}

// Fuzz looks for input that makes a session panic, measure a frame longer than
// the input or MaxFrame, never decide, or fail with an error of ours.
func Fuzz(f *testing.F, s Suite) {
	for _, frame := range s.Frames {
		f.Add(frame)
	}
	f.Add(bytes.Join(s.Frames, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		session := s.New()
		for len(data) > 0 {
			n, err := session.Split(data)
			if err != nil {
				return
			}
			if n < 0 || n > len(data) || n > session.MaxFrame() {
				t.Fatalf("Split(%d bytes) = %d, want 0 to %d", len(data), n, min(len(data), session.MaxFrame()))
			}
			if n == 0 && len(data) >= session.MaxFrame() {
				t.Fatalf("Split(%d bytes) = 0, want a decision at %d", len(data), session.MaxFrame())
			}
			if n == 0 {
				return
			}
			if _, err := session.Decode(data[:n:n]); err != nil && kvartal.KindOf(err) != kvartal.KindInvalid {
				t.Fatalf("Decode(%x) = %v, want an error of KindInvalid", data[:n], err)
			}
			data = data[n:]
		}
	})
}
