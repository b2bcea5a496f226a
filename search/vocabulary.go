package search

import (
	"slices"
	"strings"
)

// What a match costs: the lower, the better. Costs of the terms of a query add up.
const (
	costExact      = 0
	costUnfinished = 6  // the word goes on
	costPerLetter  = 1  // for each letter it goes on, to maxLetters
	maxLetters     = 10 // counted
	costAlike      = 4  // another word of the same meaning
	costEdit       = 60 // for each mistake
	costLacking    = 15 // an optional word that is not there
	costField      = 8  // a field other than the label
	costWord       = 3  // for each word of the field that was not asked for
	costAt         = 2  // for each word before
)

// mostWords is how many words of a vocabulary one unfinished or misspelt term
// may stand for.
const mostWords = 4096

// candidateWord is a word of a segment that a term may stand for.
type candidateWord struct {
	number int
	cost   uint16
}

// lookUp returns the words that t may stand for, the best first.
func (s *segment) lookUp(t term) []candidateWord {
	var found []candidateWord
	for _, alike := range t.alike {
		if i, ok := slices.BinarySearch(s.words, alike); ok && alike != t.text {
			found = append(found, candidateWord{i, costAlike})
		}
	}
	first, _ := slices.BinarySearch(s.words, t.text)
	for i := first; i < len(s.words) && len(found) < mostWords && strings.HasPrefix(s.words[i], t.text); i++ {
		cost, ok := wordCost(t, s.words[i])
		if !ok {
			break // it is no beginning: none that follows is, either
		}
		found = append(found, candidateWord{i, cost})
	}
	if t.edits > 0 {
		found = s.misspelt(t, found)
	}
	slices.SortFunc(found, func(a, b candidateWord) int { return int(a.cost) - int(b.cost) })
	return found
}

// misspelt adds the words that t may be with mistakes. Its first letter is taken
// to be right or to be missing from few words only: words are compared if enough
// of their letters are the same.
func (s *segment) misspelt(t term, found []candidateWord) []candidateWord {
	letters := lettersOf(t.text)
	for _, i := range s.spelt {
		word := s.words[i]
		if lacking(letters, word) > t.edits || strings.HasPrefix(word, t.text) {
			continue
		}
		if cost, ok := wordCost(t, word); ok && len(found) < mostWords {
			found = append(found, candidateWord{int(i), cost})
		}
	}
	return found
}

// lettersOf is the set of letters of a word.
func lettersOf(word string) uint32 {
	var set uint32
	for i := range len(word) {
		if c := word[i]; 'a' <= c && c <= 'z' {
			set |= 1 << (c - 'a')
		}
	}
	return set
}

// lacking counts the letters of a set that a word has not.
func lacking(set uint32, word string) int {
	n := 0
	for rest := set &^ lettersOf(word); rest != 0; rest &= rest - 1 {
		n++
	}
	return n
}

// wordCost is what it costs to take word for t, and whether it may be taken.
func wordCost(t term, word string) (uint16, bool) {
	if word == t.text {
		return costExact, true
	}
	if slices.Contains(t.alike, word) {
		return costAlike, true
	}
	if strings.HasPrefix(word, t.text) {
		if !t.unfinished {
			return 0, false
		}
		return unfinishedCost(len(word) - len(t.text)), true
	}
	if t.edits == 0 || isDigit(word[0]) {
		return 0, false
	}
	edits, rest := mistakes(t.text, word, t.edits, t.unfinished)
	if edits > t.edits {
		return 0, false
	}
	cost := uint16(edits) * costEdit //nolint:gosec // at most two
	if rest > 0 {
		cost += unfinishedCost(rest)
	}
	return cost, true
}

func unfinishedCost(rest int) uint16 {
	return costUnfinished + costPerLetter*uint16(min(rest, maxLetters)) //nolint:gosec // bounded
}

// mistakes counts the letters to insert, delete, replace or swap with their
// neighbour between typed and word (Damerau and Levenshtein, optimal string
// alignment), or its best beginning if typed may be unfinished; rest is how
// many letters of word follow. It gives up, returning most + 1, when there are
// more than most.
func mistakes(typed, word string, most int, unfinished bool) (edits, rest int) {
	const longest = 40
	if len(typed) > longest || len(typed)-len(word) > most || !unfinished && len(word)-len(typed) > most {
		return most + 1, 0
	}
	beyond := max(0, len(word)-len(typed)-most)
	word = word[:len(word)-beyond]
	var rows [3][longest + 3]int
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := range len(word) + 1 {
		above[j] = j
	}
	for i := 1; i <= len(typed); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(word); j++ {
			cost := 1
			if typed[i-1] == word[j-1] {
				cost = 0
			}
			d := min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && typed[i-1] == word[j-2] && typed[i-2] == word[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > most {
			return most + 1, 0
		}
		before, above, row = above, row, before
	}
	if !unfinished {
		return above[len(word)], 0
	}
	edits, rest = bestBeginning(above[:len(word)+1])
	return edits, rest + beyond
}

// bestBeginning finds the beginning of the word with the fewest mistakes, the
// longest of them.
func bestBeginning(row []int) (edits, rest int) {
	edits = row[len(row)-1]
	for j := len(row) - 2; j > 0; j-- {
		if row[j] < edits {
			edits, rest = row[j], len(row)-1-j
		}
	}
	return edits, rest
}
