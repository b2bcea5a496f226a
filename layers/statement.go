package layers

import (
	"strconv"
	"strings"
)

// statement is SQL being written, with the values of its parameters.
type statement struct {
	text  strings.Builder
	args  []any
	bound bool // WHERE has been written
}

func (st *statement) write(sql string) { st.text.WriteString(sql) }

// parameter returns how the SQL names a value.
func (st *statement) parameter(value any) string {
	st.args = append(st.args, value)
	return "$" + strconv.Itoa(len(st.args))
}

// where adds a condition that must hold beside those before.
func (st *statement) where(condition string) {
	if st.bound {
		st.write(" AND ")
	} else {
		st.write(" WHERE ")
	}
	st.bound = true
	st.write(condition)
}

func (st *statement) String() string { return st.text.String() }
