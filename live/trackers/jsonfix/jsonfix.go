// Package jsonfix reads fixes from JSON: batches over HTTP, messages over MQTT,
// uplinks of LoRaWAN network servers. A Mapping says where in a message what
// stands; the mappings of our own form, of ChirpStack and of The Things Stack
// are here, an operator writes others for devices with habits of their own.
package jsonfix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"kvartal"
	"kvartal/live"
)

// maxFixes is the longest batch; more is sent in several.
const maxFixes = 5000

// Decode reads one message, an array of them, or any number one after the other
// (JSON text sequences without marks). The fixes have no time of receipt yet.
// Errors are of kvartal.KindInvalid or KindTooLarge and name the messages,
// counted from 1: then nothing of the batch is to be taken.
func (m Mapping) Decode(data []byte) ([]live.Fix, error) {
	b := batch{mapping: m, unit: "message"}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	for {
		var value any
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return b.done()
		}
		if err != nil {
			b.fault(b.read+1, notJSON(err))
			return b.done()
		}
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for _, item := range list {
			if err := b.add(b.read+1, item); err != nil {
				return nil, err
			}
		}
	}
}

// DecodeLines reads one message a line (NDJSON). Empty lines are left out. Errors
// are those of Decode and name lines.
func (m Mapping) DecodeLines(data []byte) ([]live.Fix, error) {
	b := batch{mapping: m, unit: "line"}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		value, err := decodeOne(line)
		if err != nil {
			b.fault(number, err)
			continue
		}
		if err := b.add(number, value); err != nil {
			return nil, err
		}
	}
	return b.done()
}

func decodeOne(data []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, notJSON(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "there is more than one message")
	}
	return value, nil
}

func notJSON(err error) error {
	return kvartal.Errorf(kvartal.KindInvalid, "this is not JSON").Because(err)
}

// maxFaults is how many messages at fault are named.
const maxFaults = 20

// batch collects the fixes of many messages and what is wrong with them.
type batch struct {
	mapping Mapping
	unit    string // what messages are counted in
	fixes   []live.Fix
	read    int
	faults  []error
	more    int // faults beyond those
}

func (b *batch) add(number int, message any) error {
	if b.read == maxFixes {
		return kvartal.Errorf(kvartal.KindTooLarge, "a batch holds at most %d messages: send the others in another one", maxFixes)
	}
	b.read++
	fix, err := b.mapping.fix(message)
	if err == nil {
		err = fix.Sound()
	}
	if err != nil {
		b.fault(number, err)
		return nil
	}
	b.fixes = append(b.fixes, fix)
	return nil
}

func (b *batch) fault(number int, err error) {
	if len(b.faults) == maxFaults {
		b.more++
		return
	}
	b.faults = append(b.faults, kvartal.Within(err, fmt.Sprintf("%s %d", b.unit, number)))
}

func (b *batch) done() ([]live.Fix, error) {
	if len(b.faults) == 0 {
		return b.fixes, nil
	}
	var e *kvartal.Error
	if !errors.As(b.faults[0], &e) {
		return nil, b.faults[0]
	}
	all := *e
	for _, fault := range b.faults[1:] {
		all.Message += "; " + plain(fault)
	}
	if b.more > 0 {
		all.Message += fmt.Sprintf("; and %d more", b.more)
	}
	return nil, &all
}

// plain is the sentence of an error without its cause.
func plain(err error) string {
	var e *kvartal.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}
