// Package search finds features of all layers by what people type: names,
// addresses, register numbers, in Cyrillic or Latin letters, unfinished and
// misspelt.
//
// An [Index] keeps the words of every field with "search: true" in memory,
// follows the change log, and answers a million features in a few
// milliseconds. What it finds are candidates: they are read again from the
// database through the View of whoever asks, and what no longer matches, or
// may not be read, is no result.
//
// Text is compared in one alphabet (see [Fold]); kinds of streets and houses
// ("ул.", "Street", "көчөсү") may be named in any language or left out.
package search
