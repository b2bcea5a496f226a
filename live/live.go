// Package live is about objects that move or measure: what their devices told
// (Fix), when that really was (Judge), and what follows from it (Timeline:
// latest state, track, mileage).
//
// Everything is decided by the time of the fix, never by the order of arrival:
// a black box may upload hours late, a tracker may send twice, several
// connections may interleave, and the result is the same. The package is pure
// computation; decoders of protocols lie in live/trackers.
package live
