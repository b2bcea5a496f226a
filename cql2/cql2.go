// Package cql2 is the language of filters: OGC Common Query Language 1.0
// (21-065r2) in its text and JSON encodings, all of its conformance classes.
//
// A filter is read into one syntax tree by [ParseText] or [ParseJSON], checked
// against the queryables of a layer by [Check], and then has two executions
// with one answer: [Filter.SQL] for PostGIS and [Filter.Compile] for rows held
// in memory. Where Go cannot decide exactly it says so, and the caller asks
// PostGIS.
//
// # One answer
//
// The standard leaves open what follows; both executions agree on it.
//
//   - Logic has three values. A row is taken if the filter is true for it, not
//     if it is false or NULL. An interval with one NULL end is unknown only
//     where that end matters.
//   - Text is ordered by the bytes of its UTF-8 form: collation "C". Equality
//     and LIKE compare code points. Data and literals are expected in NFC.
//   - CASEI is full case folding (Unicode, C and F). ACCENTI removes
//     diacritics, but й stays a letter of its own; see [Folding].
//   - Arithmetic is done in IEEE doubles. Division, div and % by zero and
//     powers that are not real numbers are NULL; div and % truncate towards
//     zero. Whole numbers compare exactly where no arithmetic is done.
//   - Times have microseconds; finer digits of a literal are cut off. A date
//     that meets a timestamp is that day in UTC: operators compare days, and
//     within an interval it counts from its first to its last microsecond.
//     Intervals are closed; ".." is infinity.
//   - A character literal compared with a date or timestamp is read as one.
//   - Geometry predicates are those of PostGIS, in two dimensions, in the CRS
//     of the property; literals are transformed to it.
//   - Arrays are sets.
package cql2
