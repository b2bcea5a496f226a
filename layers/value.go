package layers

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"kvartal"
)

// compilePattern compiles the field's pattern, anchored at both ends.
func (f Field) compilePattern() (*regexp.Regexp, error) {
	re, err := regexp.Compile("^(?:" + f.Pattern + ")$")
	if err != nil {
		return nil, fmt.Errorf("%q is not a regular expression: %w", f.Pattern, err)
	}
	return re, nil
}

// Value converts v, as it came from Go code or JSON, to the field's own Go
// type and checks it against the field's rules. Errors are of KindInvalid and
// name the field.
func (f Field) Value(v any) (any, error) {
	if v == nil {
		if f.Required {
			return nil, f.invalid("is required")
		}
		return nil, nil
	}
	converted, err := f.convert(v)
	if err != nil {
		return nil, err
	}
	return converted, f.checkRules(converted)
}

func (f Field) invalid(format string, args ...any) error {
	return kvartal.Errorf(kvartal.KindInvalid, "%s: %s", f.Name, fmt.Sprintf(format, args...)).In(f.Name)
}

func (f Field) convert(v any) (any, error) {
	switch f.Type {
	case TypeText:
		if s, ok := v.(string); ok {
			if !utf8.ValidString(s) {
				return nil, f.invalid("is not valid UTF-8")
			}
			return s, nil
		}
	case TypeInteger:
		return f.integer(v)
	case TypeNumber:
		return f.number(v)
	case TypeDecimal:
		return f.decimal(v)
	case TypeBoolean:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case TypeDate:
		return f.time(v, time.DateOnly)
	case TypeTimestamp:
		return f.time(v, time.RFC3339)
	}
	return nil, f.invalid("want %s, got %T", f.Type, v)
}

func (f Field) integer(v any) (any, error) {
	switch n := v.(type) {
	case int64:
		return n, nil
	case int:
		return int64(n), nil
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int64(n), nil
		}
	case json.Number:
		if i, err := n.Int64(); err == nil {
			return i, nil
		}
	}
	return nil, f.invalid("want a whole number, got %v", v)
}

func (f Field) number(v any) (any, error) {
	x := math.NaN()
	switch n := v.(type) {
	case float64:
		x = n
	case int64:
		x = float64(n)
	case int:
		x = float64(n)
	case json.Number:
		if parsed, err := n.Float64(); err == nil {
			x = parsed
		}
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, f.invalid("want a number, got %v", v)
	}
	return x, nil
}

var decimalPattern = regexp.MustCompile(`^-?[0-9]{1,100}(\.[0-9]{1,100})?$`)

func (f Field) decimal(v any) (any, error) {
	s := ""
	switch n := v.(type) {
	case kvartal.Decimal:
		s = string(n)
	case json.Number:
		s = n.String()
	case float64:
		s = strconv.FormatFloat(n, 'f', -1, 64)
	case int64:
		s = strconv.FormatInt(n, 10)
	case int:
		s = strconv.Itoa(n)
	}
	if !decimalPattern.MatchString(s) {
		return nil, f.invalid("want a decimal number, got %v", v)
	}
	return kvartal.Decimal(s), nil
}

func (f Field) time(v any, layout string) (any, error) {
	switch x := v.(type) {
	case time.Time:
		return x, nil
	case string:
		if t, err := time.Parse(layout, x); err == nil {
			return t, nil
		}
	}
	return nil, f.invalid("want a %s such as %s, got %v", f.Type, layout, v)
}

func (f Field) checkRules(v any) error {
	if len(f.Codes) > 0 {
		value := fmt.Sprint(v)
		if !slices.ContainsFunc(f.Codes, func(c Code) bool { return c.Value == value }) {
			return f.invalid("%q is not in the codelist", value)
		}
	}
	if s, ok := v.(string); ok {
		return f.checkText(s)
	}
	return f.checkRange(v)
}

func (f Field) checkText(s string) error {
	if f.MaxLength > 0 && utf8.RuneCountInString(s) > f.MaxLength {
		return f.invalid("has %d characters, at most %d are allowed", utf8.RuneCountInString(s), f.MaxLength)
	}
	if f.Pattern == "" {
		return nil
	}
	re, err := f.compilePattern()
	if err != nil {
		return err
	}
	if !re.MatchString(s) {
		return f.invalid("%.60q does not have the form %s", s, f.Pattern)
	}
	return nil
}

func (f Field) checkRange(v any) error {
	var x float64
	switch n := v.(type) {
	case int64:
		x = float64(n)
	case float64:
		x = n
	case kvartal.Decimal:
		x, _ = strconv.ParseFloat(string(n), 64)
	default:
		return nil
	}
	if f.Min != nil && x < *f.Min {
		return f.invalid("%v is below the least value %v", v, *f.Min)
	}
	if f.Max != nil && x > *f.Max {
		return f.invalid("%v is above the greatest value %v", v, *f.Max)
	}
	return nil
}
