package kvartal_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"kvartal"
)

func TestErrorKeepsItsCauseToItself(t *testing.T) {
	t.Parallel()
	err := kvartal.Errorf(kvartal.KindUnavailable, "the disk is full: free some space").Because(io.ErrShortWrite).In("file")
	if !errors.Is(err, io.ErrShortWrite) {
		t.Error("errors.Is does not find the cause")
	}
	if err.Message != "the disk is full: free some space" || err.Field != "file" {
		t.Errorf("message, field = %q, %q", err.Message, err.Field)
	}
	if !strings.Contains(err.Error(), io.ErrShortWrite.Error()) {
		t.Errorf("Error() = %q, want the cause in it, for logs", err.Error())
	}
	wrapped := fmt.Errorf("while importing: %w", err)
	if got := kvartal.KindOf(wrapped); got != kvartal.KindUnavailable {
		t.Errorf("KindOf = %v, want %v through a wrapping", got, kvartal.KindUnavailable)
	}
	placed := kvartal.Within(wrapped, "row 3")
	var e *kvartal.Error
	if !errors.As(placed, &e) || e.Kind != kvartal.KindUnavailable || e.Message != "row 3: the disk is full: free some space" {
		t.Errorf("Within = %#v, want the same error at row 3", e)
	}
	if plain := kvartal.Within(io.EOF, "row 3"); !errors.Is(plain, io.EOF) || plain.Error() != "row 3: EOF" {
		t.Errorf("Within(io.EOF) = %v, want row 3: EOF", plain)
	}
	if got := kvartal.KindOf(io.EOF); got != kvartal.KindInternal {
		t.Errorf("KindOf(io.EOF) = %v, want %v", got, kvartal.KindInternal)
	}
}

func TestParseLayerID(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"parcels", "base_streets", "a", "road_2", strings.Repeat("x", 40)} {
		if _, err := kvartal.ParseLayerID(good); err != nil {
			t.Errorf("ParseLayerID(%q) = %v, want nil", good, err)
		}
	}
	for _, bad := range []string{"", "2roads", "Roads", "дороги", "a-b", "a b", `a"b`, "_a", strings.Repeat("x", 41)} {
		if _, err := kvartal.ParseLayerID(bad); kvartal.KindOf(err) != kvartal.KindInvalid {
			t.Errorf("ParseLayerID(%q) = %v, want %v", bad, err, kvartal.KindInvalid)
		}
	}
}
