package cql2

import (
	"strconv"
	"strings"
)

// maxDigits bounds the digits of a numeric literal: far beyond any measure, and
// within the type numeric of PostgreSQL.
const maxDigits = 100

// newNumber makes a numeric literal of digits in the form of JSON.
func newNumber(at Position, digits string) (*Number, error) {
	if len(digits) > maxDigits {
		return nil, at.invalid("the number has more than %d digits: shorten it", maxDigits)
	}
	digits = strings.ToLower(digits)
	_, exponent, _ := strings.Cut(digits, "e")
	_, err := strconv.ParseFloat(digits, 64)
	if err != nil || len(exponent) > len("-308") {
		return nil, at.invalid("%s is not a number a computer can hold", digits)
	}
	return &Number{At: at, Digits: digits}, nil
}

// float is the double nearest to the literal.
func (e *Number) float() float64 {
	x, _ := strconv.ParseFloat(e.Digits, 64) // newNumber has checked it; 0 for a hand-made one
	return x
}

// formatFloat writes x as a JSON number that reads back as x.
func formatFloat(x float64) string {
	format := byte('f')
	if x != 0 && (x > 1e15 || x < -1e15 || -1e-9 < x && x < 1e-9) {
		format = 'e'
	}
	return strconv.FormatFloat(x, format, -1, 64)
}
