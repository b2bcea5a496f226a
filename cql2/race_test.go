//go:build race

package cql2_test

// raceEnabled: the race detector makes sync.Pool forget what it holds.
const raceEnabled = true
