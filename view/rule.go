package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kvartal/cql2"
)

// Rule permits actions on some rows of a layer, and to read some attributes of
// those rows with these actions.
type Rule struct {
	Actions []Action
	// Attributes may be read as they are.
	Attributes []string
	// Masked attributes may be read in part: enough to recognise a value, not to
	// learn it. An attribute that may be read as well is not masked.
	Masked []string
	// Writable attributes may be written. They are among Attributes too where they
	// may be read.
	Writable []string
	// Rows are the rows that it is true for; nil stands for every row. It has been
	// checked against all attributes of the layer.
	Rows *cql2.Filter
	// Condition is what Rows was made from. It tells rules apart: equal conditions
	// are true for the same rows.
	Condition string
	// Delay and Every let the rule show objects that move as they were so long
	// ago, in steps: at the last multiple of Every since 1970 that is Delay ago.
	// Both zero is as they are.
	Delay, Every time.Duration
}

// Lags reports whether the rule shows objects as they were, not as they are.
func (r Rule) Lags() bool { return r.Delay > 0 || r.Every > 0 }

func (r Rule) sameTime(other Rule) bool { return r.Delay == other.Delay && r.Every == other.Every }

// Reads reports whether the rule shows an attribute as it is.
func (r Rule) Reads(attribute string) bool { return contains(r.Attributes, attribute) }

// Masks reports whether the rule shows an attribute in part.
func (r Rule) Masks(attribute string) bool { return contains(r.Masked, attribute) }

// Writes reports whether the rule lets an attribute be written.
func (r Rule) Writes(attribute string) bool { return contains(r.Writable, attribute) }

func (r Rule) everyRow() bool { return r.Rows == nil }

// canonical is the rule with its lists sorted.
func (r Rule) canonical() Rule {
	r.Actions = canonical(r.Actions)
	r.Attributes = canonical(r.Attributes)
	r.Masked = slices.DeleteFunc(canonical(r.Masked), func(name string) bool { return contains(r.Attributes, name) })
	r.Writable = canonical(r.Writable)
	if r.everyRow() {
		r.Condition = ""
	}
	return r
}

// subject is what the rule permits to read and write, whatever the action.
func (r Rule) subject() string {
	text := fmt.Sprintf("%q %q %q %v %q", r.Attributes, r.Masked, r.Writable, r.everyRow(), r.Condition)
	if r.Lags() {
		text += fmt.Sprintf(" %v %v", r.Delay, r.Every)
	}
	return text
}

// covers reports whether the rule permits to read and write all that the other
// does.
func (r Rule) covers(other Rule) bool {
	if r.Lags() && !r.sameTime(other) {
		return false
	}
	if !r.everyRow() && (other.everyRow() || r.Condition != other.Condition) {
		return false
	}
	for _, name := range other.Attributes {
		if !r.Reads(name) {
			return false
		}
	}
	for _, name := range other.Masked {
		if !r.Reads(name) && !r.Masks(name) {
			return false
		}
	}
	return !slices.ContainsFunc(other.Writable, func(name string) bool { return !r.Writes(name) })
}

// merged returns rules in canonical order, those of one subject made one.
func merged(rules []Rule) []Rule {
	var out []Rule
	for _, r := range rules {
		if r = r.canonical(); len(r.Actions) == 0 {
			continue
		}
		i := slices.IndexFunc(out, func(o Rule) bool { return o.subject() == r.subject() })
		if i < 0 {
			out = append(out, r)
			continue
		}
		out[i].Actions = canonical(append(slices.Clone(out[i].Actions), r.Actions...))
	}
	slices.SortFunc(out, func(a, b Rule) int { return strings.Compare(a.subject(), b.subject()) })
	return out
}

// rulesFor returns what rules permit of one action: those about the same rows
// made one, and those that add nothing left out.
func rulesFor(a Action, rules []Rule) []Rule {
	var joined []Rule
	for _, r := range rules {
		if !slices.Contains(r.Actions, a) {
			continue
		}
		r.Actions = []Action{a}
		if a != Create && a != Change {
			r.Writable = nil // what may be written does not tell readers apart
		}
		i := slices.IndexFunc(joined, func(o Rule) bool { return o.everyRow() == r.everyRow() && o.Condition == r.Condition && o.sameTime(r) })
		if i < 0 {
			joined = append(joined, r)
			continue
		}
		joined[i].Attributes = append(slices.Clone(joined[i].Attributes), r.Attributes...)
		joined[i].Masked = append(slices.Clone(joined[i].Masked), r.Masked...)
		joined[i].Writable = append(slices.Clone(joined[i].Writable), r.Writable...)
		joined[i] = joined[i].canonical()
	}
	var out []Rule
	for i, r := range joined {
		if !slices.ContainsFunc(joined[:i], func(o Rule) bool { return o.covers(r) }) &&
			!slices.ContainsFunc(joined[i+1:], func(o Rule) bool { return o.covers(r) }) {
			out = append(out, r)
		}
	}
	return merged(out)
}

func canonical[T ~string](names []T) []T {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

func contains(sorted []string, name string) bool {
	_, ok := slices.BinarySearch(sorted, name)
	return ok
}
