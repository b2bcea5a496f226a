package search

import "slices"

// kinds lists, folded, the words that say what a street, a house or a place is:
// those of one line mean the same. Registers and people abbreviate them, write
// them in another language, or leave them out.
func kinds() [][]string {
	return [][]string{
		{"ulitsa", "ul", "street", "st", "str", "kochosu", "koch", "kocho"},
		{"prospekt", "prosp", "pr", "prt", "prkt", "avenue", "ave", "av"},
		{"proezd", "pr", "prd", "drive", "dr"},
		{"pereulok", "per", "lane", "ln", "cholmok"},
		{"tupik", "tup", "tuiuk", "court", "ct", "cul"},
		{"bulvar", "bulv", "br", "boulevard", "blvd"},
		{"ploshad", "pl", "square", "sq", "aiant", "plaza"},
		{"shose", "sh", "highway", "hvi", "hgvi"},
		{"road", "rd", "doroga", "dor", "zhol"},
		{"naberezhnaia", "nab", "embankment", "zhek"},
		{"aleia", "al", "alei"},
		{"mikroraion", "mkr", "mkrn", "mrn", "mikrorn"},
		{"raion", "rn", "district"},
		{"trakt", "tr"},
		{"place", "pl"},
		{"way", "vai"},
		{"gorod", "g", "shaar"},
		{"poselok", "pos", "p"},
		{"selo", "s", "aiil", "village"},
		{"dom", "d", "house", "ui"},
		{"korpus", "korp", "k"},
		{"stroenie", "str", "s", "building", "bldg"},
		{"litera", "lit", "l"},
		{"vladenie", "vl"},
	}
}

// kindTable finds what means the same as a word.
type kindTable map[string][]string

func newKindTable() kindTable {
	table := kindTable{}
	for _, group := range kinds() {
		folded := make([]string, len(group))
		for i, word := range group {
			folded[i] = Fold(word)
		}
		for _, word := range folded {
			for _, other := range folded {
				if !slices.Contains(table[word], other) {
					table[word] = append(table[word], other)
				}
			}
		}
	}
	return table
}
