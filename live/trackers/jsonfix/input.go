package jsonfix

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"kvartal/live"
)

// find follows a path through objects; nil if it leads nowhere or to null.
func find(value any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// appendInputs appends a value as an input of that name. The members of an
// object come in alphabetical order, so that equal messages are equal fixes;
// lists are none of ours.
func appendInputs(inputs []live.Input, name string, value any) []live.Input {
	object, ok := value.(map[string]any)
	if !ok {
		return appendInput(inputs, name, value)
	}
	for _, member := range slices.Sorted(maps.Keys(object)) {
		inputs = appendMember(inputs, member, object[member])
	}
	return inputs
}

// appendMember appends a member and what is below it under joined names.
func appendMember(inputs []live.Input, name string, value any) []live.Input {
	object, ok := value.(map[string]any)
	if !ok {
		return appendInput(inputs, name, value)
	}
	for _, member := range slices.Sorted(maps.Keys(object)) {
		inputs = appendMember(inputs, name+"."+member, object[member])
	}
	return inputs
}

func appendInput(inputs []live.Input, name string, value any) []live.Input {
	switch v := value.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return append(inputs, live.Input{Name: name, Value: f})
		}
	case bool:
		input := live.Input{Name: name}
		if v {
			input.Value = 1
		}
		return append(inputs, input)
	case string:
		return append(inputs, live.Input{Name: name, Text: v})
	}
	return inputs
}
