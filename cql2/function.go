package cql2

import (
	"strings"
	"time"
)

// Function is a function of the city's own that filters may call.
type Function struct {
	Name        string
	Title       string
	Description string
	Parameters  []Parameter
	// Result is the type of the value; not TypeArray.
	Result Type
	// SQL writes the call in PostgreSQL from its arguments, each in
	// parentheses where it needs them. It must depend on nothing else, so that
	// filters of equal shape give equal text. Geometries come in the CRS of the
	// layer and a geometry result must be in it.
	SQL func(args []string) string
	// Go computes the same from values in memory, or is nil. It must give
	// exactly what SQL gives or say with false that it cannot.
	Go func(args []Value) (Value, bool)
	// Cost is about how long one call takes the database if geometries given as
	// literals have so many vertices together; nil: hardly any time.
	Cost func(vertices int) time.Duration
}

// Parameter is one parameter of a Function.
type Parameter struct {
	Name        string
	Description string
	// Types it takes. A whole number also fits TypeNumber.
	Types []Type
}

// Value is a value in memory. The field by the type holds it.
type Value struct {
	Null bool
	Bool bool
	// Int is a whole number, the days of a date since 1970-01-01, or the
	// microseconds of a timestamp since then.
	Int int64
	// Float is a number, or a decimal rounded to the nearest double.
	Float float64
	Text  string
}

// Functions are the functions known to filters.
type Functions []Function

// find returns the function of that name; letter case does not matter.
func (f Functions) find(name string) (*Function, bool) {
	for i := range f {
		if strings.EqualFold(f[i].Name, name) {
			return &f[i], true
		}
	}
	return nil, false
}

func (f Functions) names() []string {
	names := make([]string, len(f))
	for i := range f {
		names[i] = f[i].Name
	}
	return names
}

// FunctionList is the answer to GET /functions (requirement
// /req/functions/get-functions-response-json).
type FunctionList struct {
	Functions []FunctionDescription `json:"functions"`
}

// FunctionDescription describes one function.
type FunctionDescription struct {
	Name        string                `json:"name"`
	Title       string                `json:"title,omitempty"`
	Description string                `json:"description,omitempty"`
	Args        []ArgumentDescription `json:"args,omitempty"`
	Returns     []string              `json:"returns"`
}

// ArgumentDescription describes one parameter of a function.
type ArgumentDescription struct {
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Type        []string `json:"type"`
}

// Describe lists the functions for the API.
func (f Functions) Describe() FunctionList {
	list := FunctionList{Functions: []FunctionDescription{}}
	for _, one := range f {
		d := FunctionDescription{
			Name: one.Name, Title: one.Title, Description: one.Description,
			Returns: typeNames([]Type{one.Result}),
		}
		for _, p := range one.Parameters {
			d.Args = append(d.Args, ArgumentDescription{Title: p.Name, Description: p.Description, Type: typeNames(p.Types)})
		}
		list.Functions = append(list.Functions, d)
	}
	return list
}

// typeNames returns what the standard's schema of functions calls the types.
func typeNames(types []Type) []string {
	var names []string
	for _, t := range types {
		name := string(t)
		switch t {
		case TypeText:
			name = "string"
		case TypeDecimal:
			name = "number"
		case TypeDate, TypeTimestamp:
			name = "datetime"
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return names
}
