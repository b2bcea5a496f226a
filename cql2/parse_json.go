package cql2

import (
	"slices"
	"strconv"
	"strings"
)

// ParseJSON reads a filter in CQL2 JSON (21-065r2, Annex C). Errors are of
// KindInvalid, or KindTooLarge over a limit, and give a JSON Pointer.
func ParseJSON(data []byte, limits Limits) (Expr, error) {
	p := jsonParser{budget{limits: limits}}
	if err := p.source(len(data)); err != nil {
		return nil, err
	}
	value, err := readJSON(string(data))
	if err != nil {
		return nil, err
	}
	return p.expression(Position{}, value)
}

// jsonParser turns JSON values into the syntax tree.
type jsonParser struct{ budget }

// object is a JSON object and where it stands.
type object struct {
	at Position
	jsonValue
}

func (p *jsonParser) expression(at Position, value jsonValue) (Expr, error) {
	if err := p.node(at); err != nil {
		return nil, err
	}
	if err := p.enter(at); err != nil {
		return nil, err
	}
	defer p.leave()
	switch first := value[0]; first.kind {
	case falseKind, trueKind:
		return &Boolean{At: at, Value: first.kind == trueKind}, nil
	case stringKind:
		return &String{At: at, Value: first.text}, p.text(at, first.text)
	case numberKind:
		return newNumber(at, first.text)
	case arrayKind:
		items, err := p.list(at, value)
		return &Array{At: at, Items: items}, err
	case objectKind:
		return p.object(object{at, value})
	}
	return nil, at.invalid("null is not a value: to test for it, use the operator isNull")
}

func (p *jsonParser) list(at Position, array jsonValue) ([]Expr, error) {
	if err := p.items(at, array.count()); err != nil {
		return nil, err
	}
	items := make([]Expr, array.count())
	for i, v := range array.items() {
		e, err := p.expression(at.item(i), v)
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

func (o object) has(name string) bool { return o.member(name) != nil }

// string returns a member that must be a string.
func (o object) string(name string) (string, error) {
	v := o.member(name)
	if !v.is(stringKind) {
		return "", o.at.member(name).invalid("%q must be a string", name)
	}
	return v[0].text, nil
}

// array returns a member that must be an array, and where it stands.
func (o object) array(name string) (jsonValue, Position, error) {
	v, at := o.member(name), o.at.member(name)
	if !v.is(arrayKind) {
		return nil, at, at.invalid("%q must be an array", name)
	}
	return v, at, nil
}

func (p *jsonParser) operation(o object) (Expr, error) {
	name, err := o.string("op")
	if err != nil {
		return nil, err
	}
	list, at, err := o.array("args")
	if err != nil {
		return nil, err
	}
	args, err := p.list(at, list)
	if err != nil {
		return nil, err
	}
	op := Operator(name)
	switch {
	case op.class() != noOperator:
		return &Op{At: o.at, Name: op, Args: args}, checkOperands(o.at, op, args)
	case name == "":
		return nil, o.at.member("op").invalid(`"op" is empty: name an operator or a function`)
	}
	return &Call{At: o.at, Name: name, Args: args}, misspelt(o.at.member("op"), name)
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
	name, err := o.string("property")
	if err == nil && name == "" {
		err = o.at.member("property").invalid("the name of the property is empty")
	}
	return &Property{At: o.at, Name: name}, err
}

func (p *jsonParser) date(o object) (Expr, error) {
	s, err := o.string("date")
	if err != nil {
		return nil, err
	}
	return parseDate(o.at.member("date"), s)
}

func (p *jsonParser) timestamp(o object) (Expr, error) {
	s, err := o.string("timestamp")
	if err != nil {
		return nil, err
	}
	return parseTimestamp(o.at.member("timestamp"), s)
}

func (p *jsonParser) interval(o object) (Expr, error) {
	ends, at, err := o.array("interval")
	if err != nil {
		return nil, err
	}
	if n := ends.count(); n != 2 {
		return nil, at.invalid("an interval has two ends, found %d", n)
	}
	var instants [2]Expr
	for i, end := range ends.items() {
		if instants[i], err = p.intervalEnd(at.item(i), end); err != nil {
			return nil, err
		}
	}
	return &Interval{At: o.at, Start: instants[0], End: instants[1]}, nil
}

func (p *jsonParser) intervalEnd(at Position, value jsonValue) (Expr, error) {
	if value.is(stringKind) {
		return parseEnd(at, value[0].text)
	}
	e, err := p.expression(at, value)
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

func numbers(at Position, array jsonValue) ([]float64, error) {
	n := array.count()
	if n > 6 { // none of the standard's lists of numbers is longer
		return nil, at.invalid("found %d numbers, at most 6 are allowed", n)
	}
	out := make([]float64, n)
	for i, v := range array.items() {
		if !v.is(numberKind) {
			return nil, at.invalid("item %d must be a number", i)
		}
		x, err := strconv.ParseFloat(v[0].text, 64)
		if err != nil {
			return nil, at.invalid("%s is not a number a computer can hold", v[0].text)
		}
		out[i] = x
	}
	return out, nil
}
