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
// (NDJSON, JSON text sequences without marks). The fixes have no time of
// receipt yet. Errors are of kvartal.KindInvalid or KindTooLarge and name the
// message, counted from 1: then nothing of the batch is to be taken.
func (m Mapping) Decode(data []byte) ([]live.Fix, error) {
	var fixes []live.Fix
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	for {
		var value any
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return fixes, nil
		}
		if err != nil {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "message %d is not JSON", len(fixes)+1).Because(err)
		}
		if fixes, err = m.add(fixes, value); err != nil {
			return nil, err
		}
	}
}

func (m Mapping) add(fixes []live.Fix, value any) ([]live.Fix, error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, item := range list {
		if len(fixes) == maxFixes {
			return nil, kvartal.Errorf(kvartal.KindTooLarge, "a batch holds at most %d messages: send the others in another one", maxFixes)
		}
		fix, err := m.fix(item)
		if err != nil {
			return nil, kvartal.Within(err, fmt.Sprintf("message %d", len(fixes)+1))
		}
		fixes = append(fixes, fix)
	}
	return fixes, nil
}
