package cql2

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"kvartal"
)

// jsonSources are JSON and nearly JSON, for readers to agree about.
func jsonSources() []string {
	return []string{
		``, ` `, `null`, `true`, `false`, ` [ ] `, `{}`, "\t{\r\n\"a\" : [ 1 , 2 ] } ", `[[],{},[{}],""]`,
		`nul`, `nulll`, `True`, `tru`, `[true false]`, `[1,]`, `[,1]`, `[1 2]`, `[`, `]`, `[1}`, `{"a":1]`, `[[1]`, `[]]`,
		`{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{a:1}`, `{1:1}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"a":1}{}`, `{"a":1} x`,
		`{"a":1,"b":{"a":2},"a":[3]}`, `{"":1,"":2}`, `{"a":{"a":1},"a":null}`, `{"\u0061":1,"a":2}`,
		`0`, `-0`, `-`, `+1`, `01`, `-01`, `1.`, `.5`, `1.50`, `1e5`, `1E+05`, `1e-400`, `1e`, `1e+`, `1.e1`, `0x1`, `1_0`, `NaN`, `-Infinity`,
		`123456789012345678901234567890.000000000000000000001`,
		`"`, `"a`, `"a\`, `"\"\\\/\b\f\n\r\t"`, `"a\u0416b"`, `"\u00e9\u00E9"`, `"\u12"`, `"\u12g4"`, `"\u+123"`, `"\x41"`, `"\'"`, `'a'`,
		"\"a\nb\"", "\"\x00\"", "\"\x7f\"", "\x00", "\"\u2028\U0001F600\"", "\ufeff1", "\"\xff\"", "\"\xed\xa0\x80\"",
		`"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83d\ud83d\ude00"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\u0041"`, `"\ud83d\u00"`,
	}
}

func TestJSONReaderAgreesWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, source := range jsonSources() {
		assertReadAsByTheStandardLibrary(t, source)
	}
	for _, levels := range []int{maxNesting, maxNesting + 1, 1 << 19} {
		assertReadAsByTheStandardLibrary(t, strings.Repeat("[", levels)+strings.Repeat("]", levels))
	}
}

// FuzzReadJSON: our reader and that of the standard library take the same
// sources and read the same values.
func FuzzReadJSON(f *testing.F) {
	for _, source := range jsonSources() {
		f.Add(source)
	}
	f.Fuzz(assertReadAsByTheStandardLibrary)
}

func assertReadAsByTheStandardLibrary(t *testing.T, source string) {
	t.Helper()
	want, wantErr := standardJSON(source)
	v, err := readJSON(source)
	switch {
	case (err == nil) != (wantErr == nil):
		t.Errorf("readJSON(%.80q) = %v, encoding/json says %v", source, err, wantErr)
	case err != nil && kvartal.KindOf(err) != kvartal.KindInvalid:
		t.Errorf("readJSON(%.80q) = %v of %v, want %v", source, err, kvartal.KindOf(err), kvartal.KindInvalid)
	case err == nil:
		if got := plain(v); !reflect.DeepEqual(got, want) {
			t.Errorf("readJSON(%.80q) = %v, want %v as encoding/json", source, got, want)
		}
	}
}

// standardJSON reads source with encoding/json, which mends what is not UTF-8
// where we refuse it.
func standardJSON(source string) (any, error) {
	if !utf8.ValidString(source) {
		return nil, errors.New("invalid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader([]byte(source)))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("trailing data")
	}
	return value, nil
}

// plain is v as encoding/json gives values.
func plain(v jsonValue) any {
	switch v[0].kind {
	case falseKind, trueKind:
		return v[0].kind == trueKind
	case numberKind:
		return json.Number(v[0].text)
	case stringKind:
		return v[0].text
	case arrayKind:
		items := make([]any, v.count())
		for i, item := range v.items() {
			items[i] = plain(item)
		}
		return items
	case objectKind:
		return plainMembers(v)
	}
	return nil
}

func plainMembers(v jsonValue) map[string]any {
	members := map[string]any{}
	for at := 1; at < int(v[0].size); at += 1 + int(v[at+1].size) {
		name := v[at].text
		if _, known := members[name]; !known {
			members[name] = plain(v.member(name))
		}
	}
	return members
}

func TestJSONReaderSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"":                         "filter: it is not JSON: the value has no end",
		`{"op": "a`:                "filter: it is not JSON: the value has no end",
		"\"\xff\"":                 "filter: it is not valid UTF-8",
		`{"op": not}`:              "column 8: it is not JSON: found 'n', want a value",
		"{\n  \"улица\": 'Чуй'\n}": "line 2, column 12: it is not JSON: found '\\'', want a value",
		`{op: 1}`:                  "column 2: it is not JSON: found 'o', want a name in double quotes",
		`{"op" 1}`:                 "column 7: it is not JSON: found '1', want ':'",
		`{"op": 1]`:                "column 9: it is not JSON: found ']', want ',' or '}'",
		`[1 2]`:                    "column 4: it is not JSON: found '2', want ',' or ']'",
		`[1,]`:                     "column 4: it is not JSON: found ']', want a value",
		`[-x]`:                     "column 3: it is not JSON: found 'x', want a digit",
		`"\x"`:                     `column 3: it is not JSON: found 'x', want one of " \ / b f n r t u after a backslash`,
		`"\u00zz"`:                 `column 4: it is not JSON: found '0', want four hexadecimal digits after \u`,
		"\"a\nb\"":                 `column 3: it is not JSON: found '\n', want an escape such as \n or the double quote that ends the text`,
		`[] []`:                    "column 4: something follows the end of the JSON value",
		strings.Repeat("[", 10001): "column 10001: it is nested more than 10000 levels deep",
	} {
		_, err := readJSON(source)
		if err == nil || err.Error() != want {
			t.Errorf("readJSON(%.80q)\n got %v\nwant %s", source, err, want)
		}
	}
}

// TestJSONReaderAllocatesLittle: values share one array and the source.
func TestJSONReaderAllocatesLittle(t *testing.T) { // not parallel, for it counts allocations
	source := `{"op":"in","args":[{"property":"a"},["b","c","d","e","f"]],"g":[1,2.5,true,null,{"h":""}]}`
	if got := testing.AllocsPerRun(100, func() { _, _ = readJSON(source) }); got > 1 {
		t.Errorf("readJSON makes %v allocations, want 1", got)
	}
}
