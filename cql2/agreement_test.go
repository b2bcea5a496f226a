package cql2_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/cql2"
)

// TestSQLAndGoAgree draws random filters over random rows. PostGIS and Go must
// take the same rows, save those Go leaves to PostGIS.
func TestSQLAndGoAgree(t *testing.T) {
	t.Parallel()
	city := newCity(t, 250)
	decided, total := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		scope := cityScope()
		scope.Folding = cql2.Folding{YoAsYe: rapid.Bool().Draw(rt, "ё=е"), KyrgyzAsRussian: rapid.Bool().Draw(rt, "ө=о")}
		e := drawCondition(rt, 3)
		text := cql2.Text(e)
		f, err := cql2.Check(e, scope)
		if err != nil {
			if kvartal.KindOf(err) != kvartal.KindInvalid {
				rt.Fatalf("Check(%s) = %v", text, err)
			}
			rt.Skip("the filter does not fit")
		}
		ids, err := city.query(context.Background(), "id", f)
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == "22003" {
			rt.Skip("doubles overflow")
		}
		if err != nil {
			rt.Fatalf("%s: %v", text, err)
		}
		again, err := cql2.ParseText(text, cql2.DefaultLimits())
		if err != nil {
			rt.Fatalf("ParseText(%s) = %v", text, err)
		}
		if got, want := string(cql2.JSON(again)), string(cql2.JSON(e)); got != want {
			rt.Fatalf("by way of text\n got %s\nwant %s", got, want)
		}
		decided += city.assertAgreement(rt, f, text, ids)
		total += len(city.ids)
	})
	t.Logf("Go decided %d of %d rows", decided, total)
	if decided < total/3 {
		t.Errorf("Go decided %d of %d rows, want at least a third", decided, total)
	}
}

func draw[T any](t *rapid.T, label string, options ...T) T {
	return rapid.SampledFrom(options).Draw(t, label)
}

func propertyOf(t *rapid.T, types ...cql2.Type) cql2.Expr {
	schema := citySchema()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(schema)) {
		if slices.Contains(types, schema[name].Type) {
			names = append(names, name)
		}
	}
	return &cql2.Property{Name: draw(t, "property", names...)}
}

func op(name cql2.Operator, args ...cql2.Expr) cql2.Expr { return &cql2.Op{Name: name, Args: args} }

func drawCondition(t *rapid.T, depth int) cql2.Expr {
	if depth > 0 && rapid.IntRange(0, 2).Draw(t, "logic") == 0 {
		switch draw(t, "connective", cql2.And, cql2.Or, cql2.Not) {
		case cql2.Not:
			return op(cql2.Not, drawCondition(t, depth-1))
		case cql2.And:
			return op(cql2.And, drawCondition(t, depth-1), drawCondition(t, depth-1))
		}
		return op(cql2.Or, drawCondition(t, depth-1), drawCondition(t, depth-1), drawCondition(t, depth-1))
	}
	compare := draw(t, "comparison", cql2.Equal, cql2.NotEqual, cql2.Less, cql2.LessOrEqual, cql2.Greater, cql2.GreaterOrEqual)
	switch rapid.IntRange(0, 11).Draw(t, "predicate") {
	case 0, 1:
		return op(compare, drawNumber(t, 2), drawNumber(t, 2))
	case 2:
		return op(compare, drawText(t, 2), drawText(t, 2))
	case 3:
		return op(compare, drawInstant(t), drawInstant(t))
	case 4:
		return op(compare, drawFlag(t), drawFlag(t))
	case 5:
		return op(cql2.Like, drawText(t, 2), drawPattern(t))
	case 6:
		return op(cql2.Between, drawNumber(t, 1), drawNumber(t, 1), drawNumber(t, 1))
	case 7:
		return drawIn(t)
	case 8:
		return op(cql2.IsNull, draw(t, "operand", drawNumber(t, 1), drawText(t, 1), drawInstant(t), drawFlag(t)))
	case 9:
		return drawTemporal(t)
	case 10:
		return drawSpatial(t)
	}
	return drawArray(t)
}

func drawNumber(t *rapid.T, depth int) cql2.Expr {
	if depth > 0 && rapid.IntRange(0, 2).Draw(t, "arithmetic") == 0 {
		name := draw(t, "operator", cql2.Plus, cql2.Minus, cql2.Times, cql2.Divide, cql2.Modulo, cql2.IntegDiv, cql2.Power)
		return op(name, drawNumber(t, depth-1), drawNumber(t, depth-1))
	}
	switch rapid.IntRange(0, 5).Draw(t, "number") {
	case 0, 1:
		return &cql2.Number{Digits: draw(t, "digits", "0", "1", "2", "2.5", "-3.25", "0.1", "0.5", "12", "7.5", "9007199254740993",
			"9007199254740992.5", "9223372036854775807", "-9223372036854775809", "1e30", "-1e30", "0.10000000000000000001")}
	case 2:
		return &cql2.Call{Name: "double", Args: []cql2.Expr{drawNumber(t, depth-1)}}
	}
	return propertyOf(t, cql2.TypeInteger, cql2.TypeNumber, cql2.TypeDecimal)
}

func drawText(t *rapid.T, depth int) cql2.Expr {
	if depth > 0 && rapid.IntRange(0, 2).Draw(t, "fold") == 0 {
		return op(draw(t, "folding", cql2.CaseI, cql2.AccentI), drawText(t, depth-1))
	}
	switch rapid.IntRange(0, 4).Draw(t, "text") {
	case 0, 1:
		return &cql2.String{Value: draw(t, "word", cityWords()...)}
	case 2:
		return &cql2.Call{Name: "initial", Args: []cql2.Expr{propertyOf(t, cql2.TypeText)}}
	}
	return propertyOf(t, cql2.TypeText)
}

func drawPattern(t *rapid.T) cql2.Expr {
	word := draw(t, "word", cityWords()...)
	var e cql2.Expr = &cql2.String{Value: draw(t, "pattern", "%", "_", "", "%а%", "Е%", "%ss%", "_й", "м__", `100\%\_`, "%"+`\\`, "ё%", word, word+"%", "%"+word, "_"+word)}
	for rapid.Bool().Draw(t, "folded") {
		e = op(draw(t, "folding", cql2.CaseI, cql2.AccentI), e)
	}
	return e
}

func drawInstant(t *rapid.T) cql2.Expr {
	if rapid.IntRange(0, 2).Draw(t, "instant") == 0 {
		return parseText(t, draw(t, "instant", "DATE('2020-01-01')", "DATE('2020-12-31')", "DATE('1969-12-31')",
			"TIMESTAMP('2020-01-01T00:00:00Z')", "TIMESTAMP('2020-12-31T12:00:00Z')", "TIMESTAMP('1969-12-31T23:59:59.999999Z')"))
	}
	return propertyOf(t, cql2.TypeDate, cql2.TypeTimestamp)
}

func drawFlag(t *rapid.T) cql2.Expr {
	if rapid.Bool().Draw(t, "flag") {
		return &cql2.Boolean{Value: rapid.Bool().Draw(t, "value")}
	}
	return propertyOf(t, cql2.TypeBoolean)
}

func drawIn(t *rapid.T) cql2.Expr {
	item := draw(t, "type",
		func() cql2.Expr { return drawNumber(t, 1) }, func() cql2.Expr { return drawText(t, 1) },
		func() cql2.Expr { return drawInstant(t) }, func() cql2.Expr { return drawFlag(t) })
	value, list := item(), &cql2.Array{}
	for range rapid.IntRange(1, 4).Draw(t, "length") {
		list.Items = append(list.Items, item())
	}
	return op(cql2.In, value, list)
}

func drawTemporal(t *rapid.T) cql2.Expr {
	name := draw(t, "function", cql2.TAfter, cql2.TBefore, cql2.TContains, cql2.TDisjoint, cql2.TDuring, cql2.TEquals,
		cql2.TFinishedBy, cql2.TFinishes, cql2.TIntersects, cql2.TMeets, cql2.TMetBy, cql2.TOverlappedBy, cql2.TOverlaps,
		cql2.TStartedBy, cql2.TStarts)
	operand := func() cql2.Expr {
		if rapid.IntRange(0, 3).Draw(t, "instant") == 0 {
			return drawInstant(t)
		}
		i := &cql2.Interval{}
		if rapid.IntRange(0, 4).Draw(t, "start") > 0 {
			i.Start = drawInstant(t)
		}
		if rapid.IntRange(0, 4).Draw(t, "end") > 0 {
			i.End = drawInstant(t)
		}
		return i
	}
	return op(name, operand(), operand())
}

func drawSpatial(t *rapid.T) cql2.Expr {
	name := draw(t, "function", cql2.SContains, cql2.SCrosses, cql2.SDisjoint, cql2.SEquals, cql2.SIntersects, cql2.SOverlaps,
		cql2.STouches, cql2.SWithin)
	x := 74.5 + float64(rapid.IntRange(0, 20).Draw(t, "x"))/100
	y := 42.8 + float64(rapid.IntRange(0, 15).Draw(t, "y"))/100
	d := draw(t, "size", 0.01, 0.05, 0.2)
	var literal cql2.Expr
	switch rapid.IntRange(0, 3).Draw(t, "literal") {
	case 0:
		literal = &cql2.BBox{Bounds: []float64{x, y, x + d, y + d}}
	case 1:
		literal = &cql2.Geometry{Value: orb.Polygon{{{x, y}, {x + d, y}, {x + d/2, y + d}, {x, y}}}}
	case 2:
		literal = &cql2.Geometry{Value: orb.Point{x, y}}
	default:
		literal = &cql2.Geometry{Value: orb.LineString{{x, y}, {x + d, y + d}}}
	}
	property := propertyOf(t, cql2.TypeGeometry)
	switch rapid.IntRange(0, 3).Draw(t, "operands") {
	case 0:
		return op(name, literal, property)
	case 1:
		near := &cql2.Call{Name: "buffer", Args: []cql2.Expr{propertyOf(t, cql2.TypeGeometry), &cql2.Number{Digits: "10"}}}
		return op(name, property, near)
	}
	return op(name, property, literal)
}

func drawArray(t *rapid.T) cql2.Expr {
	name := draw(t, "function", cql2.AContains, cql2.AContainedBy, cql2.AEquals, cql2.AOverlaps)
	words := &cql2.Array{Items: []cql2.Expr{}}
	for i := range rapid.IntRange(0, 3).Draw(t, "length") {
		words.Items = append(words.Items, &cql2.String{Value: string(rune('a' + i))})
	}
	numbers := &cql2.Array{Items: []cql2.Expr{&cql2.Property{Name: "floors"}, &cql2.Number{Digits: strconv.Itoa(rapid.IntRange(1, 3).Draw(t, "n"))}}}
	tags, list := &cql2.Property{Name: "tags"}, &cql2.Property{Name: "numbers"}
	return draw(t, "operands", op(name, tags, words), op(name, words, tags), op(name, list, numbers), op(name, tags, tags))
}
