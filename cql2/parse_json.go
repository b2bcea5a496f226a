package cql2

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseJSON reads a filter in CQL2 JSON (21-065r2, Annex C). Errors are of
// KindInvalid, or KindTooLarge over a limit, and give a JSON Pointer.
func ParseJSON(data []byte, limits Limits) (Expr, error) {
	p := jsonParser{budget{limits: limits}}
	if err := p.source(len(data)); err != nil {
		return nil, err
	}
	value, err := decodeJSON(data)
	if err != nil {
		return nil, err
	}
	return p.expression("", value)
}

// decodeJSON reads one JSON value, keeping the digits of numbers.
func decodeJSON(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, Position{}.invalid("it is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, explainJSON(data, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, jsonPosition(data, d.InputOffset()).invalid("something follows the end of the JSON value")
	}
	return value, nil
}

func explainJSON(data []byte, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return jsonPosition(data, syntax.Offset).invalid("it is not JSON: %s", syntax)
	}
	return Position{}.invalid("it is not JSON: the value has no end")
}

func jsonPosition(data []byte, offset int64) Position {
	before := data[:min(int(offset), len(data))]
	line := bytes.LastIndexByte(before, '\n') + 1
	return Position{Line: bytes.Count(before, []byte{'\n'}) + 1, Column: max(1, utf8.RuneCount(before[line:]))}
}

// jsonParser turns decoded JSON into the syntax tree.
type jsonParser struct{ budget }

// object is a JSON object and where it stands.
type object struct {
	at      Position
	members map[string]any
}

func (p *jsonParser) expression(pointer string, value any) (Expr, error) {
	at := Position{Pointer: pointer}
	if err := p.node(at); err != nil {
		return nil, err
	}
	if err := p.enter(at); err != nil {
		return nil, err
	}
	defer p.leave()
	switch v := value.(type) {
	case bool:
		return &Boolean{At: at, Value: v}, nil
	case string:
		return &String{At: at, Value: v}, p.text(at, v)
	case json.Number:
		return newNumber(at, v.String())
	case []any:
		items, err := p.list(pointer, v)
		return &Array{At: at, Items: items}, err
	case map[string]any:
		return p.object(object{at, v})
	}
	return nil, at.invalid("null is not a value: to test for it, use the operator isNull")
}

func (p *jsonParser) list(pointer string, values []any) ([]Expr, error) {
	if err := p.items(Position{Pointer: pointer}, len(values)); err != nil {
		return nil, err
	}
	items := make([]Expr, len(values))
	for i, v := range values {
		e, err := p.expression(pointer+"/"+strconv.Itoa(i), v)
		if err != nil {
			return nil, err
		}
		items[i] = e
	}
	return items, nil
}

// object reads what its members say it is.
func (p *jsonParser) object(o object) (Expr, error) {
	switch {
	case o.has("op"):
		return p.operation(o)
	case o.has("property"):
		return p.property(o)
	case o.has("date"):
		return p.date(o)
	case o.has("timestamp"):
		return p.timestamp(o)
	case o.has("interval"):
		return p.interval(o)
	case o.has("type"):
		return p.geometry(o)
	case o.has("bbox"):
		return p.bbox(o)
	}
	return nil, o.at.invalid(`the object is none of CQL2: it has no "op", "property", "date", "timestamp", "interval", "type" or "bbox"`)
}

func (o object) has(member string) bool {
	_, ok := o.members[member]
	return ok
}

// string returns a member that must be a string.
func (o object) string(member string) (string, Position, error) {
	at := Position{Pointer: o.at.Pointer + "/" + member}
	s, ok := o.members[member].(string)
	if !ok {
		return "", at, at.invalid("%q must be a string", member)
	}
	return s, at, nil
}

// array returns a member that must be an array.
func (o object) array(member string) ([]any, Position, error) {
	at := Position{Pointer: o.at.Pointer + "/" + member}
	a, ok := o.members[member].([]any)
	if !ok {
		return nil, at, at.invalid("%q must be an array", member)
	}
	return a, at, nil
}

func (p *jsonParser) operation(o object) (Expr, error) {
	name, at, err := o.string("op")
	if err != nil {
		return nil, err
	}
	values, argsAt, err := o.array("args")
	if err != nil {
		return nil, err
	}
	args, err := p.list(argsAt.Pointer, values)
	if err != nil {
		return nil, err
	}
	op := Operator(name)
	switch {
	case op.class() != noOperator:
		return &Op{At: o.at, Name: op, Args: args}, checkOperands(o.at, op, args)
	case name == "":
		return nil, at.invalid(`"op" is empty: name an operator or a function`)
	}
	return &Call{At: o.at, Name: name, Args: args}, misspelt(at, name)
}

// checkOperands checks the number of operands and the list of In.
func checkOperands(at Position, op Operator, args []Expr) error {
	least, most := op.operands()
	if n := len(args); n < least || most >= 0 && n > most {
		if most < 0 {
			return at.invalid("%s takes at least %d operands, found %d", op.keyword(), least, n)
		}
		return at.invalid("%s takes %s, found %d", op.keyword(), counted(least, "operand"), n)
	}
	if op != In {
		return nil
	}
	list, ok := args[1].(*Array)
	if !ok {
		return args[1].Pos().invalid("the second operand of IN must be a list")
	}
	if len(list.Items) == 0 {
		return list.At.invalid("the list after IN is empty")
	}
	return nil
}

// misspelt finds operators written in the wrong case, which would otherwise be
// taken for functions.
func misspelt(at Position, name string) error {
	all := slices.Concat(standardFunctions[:], []Operator{And, Or, Not, Like, Between, In, IsNull, IntegDiv})
	for _, op := range all {
		if strings.EqualFold(name, string(op)) {
			return at.invalid("there is no operator %q: write %q", name, op)
		}
	}
	return nil
}

func (p *jsonParser) property(o object) (Expr, error) {
	name, at, err := o.string("property")
	if err == nil && name == "" {
		err = at.invalid("the name of the property is empty")
	}
	return &Property{At: o.at, Name: name}, err
}

func (p *jsonParser) date(o object) (Expr, error) {
	s, at, err := o.string("date")
	if err != nil {
		return nil, err
	}
	return parseDate(at, s)
}

func (p *jsonParser) timestamp(o object) (Expr, error) {
	s, at, err := o.string("timestamp")
	if err != nil {
		return nil, err
	}
	return parseTimestamp(at, s)
}

func (p *jsonParser) interval(o object) (Expr, error) {
	ends, at, err := o.array("interval")
	if err != nil {
		return nil, err
	}
	if len(ends) != 2 {
		return nil, at.invalid("an interval has two ends, found %d", len(ends))
	}
	start, err := p.intervalEnd(at.Pointer+"/0", ends[0])
	if err != nil {
		return nil, err
	}
	end, err := p.intervalEnd(at.Pointer+"/1", ends[1])
	return &Interval{At: o.at, Start: start, End: end}, err
}

func (p *jsonParser) intervalEnd(pointer string, value any) (Expr, error) {
	if s, ok := value.(string); ok {
		return parseEnd(Position{Pointer: pointer}, s)
	}
	e, err := p.expression(pointer, value)
	if err != nil {
		return nil, err
	}
	return e, checkEnd(e)
}

func (p *jsonParser) bbox(o object) (Expr, error) {
	values, at, err := o.array("bbox")
	if err != nil {
		return nil, err
	}
	bounds, err := numbers(at, values)
	if err != nil {
		return nil, err
	}
	return &BBox{At: o.at, Bounds: bounds}, checkBounds(at, bounds)
}

func numbers(at Position, values []any) ([]float64, error) {
	if len(values) > 6 { // none of the standard's lists of numbers is longer
		return nil, at.invalid("found %d numbers, at most 6 are allowed", len(values))
	}
	out := make([]float64, len(values))
	for i, v := range values {
		n, ok := v.(json.Number)
		if !ok {
			return nil, at.invalid("item %d must be a number", i)
		}
		x, err := n.Float64()
		if err != nil {
			return nil, at.invalid("%s is not a number a computer can hold", n)
		}
		out[i] = x
	}
	return out, nil
}
