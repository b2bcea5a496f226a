package cql2

import "iter"

// jsonKind sorts JSON values.
type jsonKind uint8

const (
	nullKind jsonKind = iota
	falseKind
	trueKind
	numberKind
	stringKind
	arrayKind
	objectKind
)

// jsonToken begins a JSON value, or is the name of a member.
type jsonToken struct {
	kind  jsonKind
	text  string // of a string, without escapes; of a number, its digits as written
	parts int32  // how many items an array has, or members an object
	size  int32  // how many tokens the value has, with its parts; 1 if it has none
}

// jsonValue is a JSON value (RFC 8259) as the tokens that it has in the source,
// without the signs: a name stands before the value of its member. What
// follows the value may stand behind it. The value that is not there is nil.
type jsonValue []jsonToken

func (v jsonValue) is(kind jsonKind) bool { return len(v) > 0 && v[0].kind == kind }

// count is how many items an array has.
func (v jsonValue) count() int { return int(v[0].parts) }

// items gives the items of an array, numbered from 0.
func (v jsonValue) items() iter.Seq2[int, jsonValue] {
	return func(yield func(int, jsonValue) bool) {
		rest := v[1:]
		for i := range v.count() {
			if !yield(i, rest) {
				return
			}
			rest = rest[rest[0].size:]
		}
	}
}

// member returns the value of a member of an object, or nil. Of several of that
// name it is the last, as most readers of JSON have it.
func (v jsonValue) member(name string) jsonValue {
	var found jsonValue
	rest := v[1:]
	for range v[0].parts {
		if rest[0].text == name {
			found = rest[1:]
		}
		rest = rest[1+rest[1].size:]
	}
	return found
}
