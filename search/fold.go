package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// spellings spells Cyrillic letters, and Latin ones whose mark changes their
// sound, in the common alphabet.
var spellings = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "zh", 'з': "z", 'и': "i", 'й': "i", 'к': "k", 'л': "l",
	'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "h", 'ц': "ts",
	'ч': "ch", 'ш': "sh", 'щ': "sh", 'ъ': "", 'ы': "i", 'ь': "", 'э': "e", 'ю': "iu", 'я': "ia",
	'ң': "n", 'ө': "o", 'ү': "u", 'ұ': "u", 'қ': "k", 'ғ': "g", 'ә': "a", 'һ': "h", 'җ': "zh", 'і': "i", 'є': "e", 'ґ': "g", 'љ': "l", 'њ': "n", 'ј': "i",
	'š': "sh", 'č': "ch", 'ž': "zh", 'ş': "sh", 'ç': "ch", 'ß': "s", 'ø': "o", 'đ': "d", 'ł': "l", 'ħ': "h", 'ı': "i", 'æ': "e", 'œ': "e", 'ð': "d", 'þ': "t",
}

// letters is spellings by letter: a table is four times as fast.
var letters = func() (table [0x530]struct {
	text  string
	known bool
},
) {
	for r, text := range spellings {
		table[r].text, table[r].known = text, true
	}
	return table
}()

// Fold writes text in the alphabet a to z and digits, so that spellings of one
// name in Russian, Kyrgyz and the usual Latin transliterations meet: «улица
// Ленинская», "ulitsa Leninskaya" and "Ulitca Leninskaja" become, but for a
// letter, "ulitsa leninskaia". Letters repeated stand once, marks and
// apostrophes fall away, everything else becomes a single space.
//
// Folding is for comparing only.
func Fold(s string) string {
	var f folder
	f.out.Grow(len(s))
	for _, r := range s {
		f.add(unicode.ToLower(r))
	}
	f.endLatin()
	return strings.TrimSpace(f.out.String())
}

// folder writes folded text. Latin letters are held back until their word ends,
// because their sound depends on their neighbours.
type folder struct {
	out   strings.Builder
	last  byte
	latin []byte
}

func (f *folder) add(r rune) {
	switch {
	case r >= 0x80 && int(r) < len(letters) && letters[r].known:
		f.endLatin()
		f.write(letters[r].text)
	case 'a' <= r && r <= 'z':
		f.latin = append(f.latin, byte(r))
	case '0' <= r && r <= '9':
		f.endLatin()
		f.last = byte(r) // digits repeat
		f.out.WriteByte(byte(r))
	case strings.ContainsRune("'’ʼʹ`´‘ʺ", r) || unicode.Is(unicode.Mn, r):
	case r < utf8.RuneSelf, r == '№':
		f.separate()
	default:
		f.addComposed(r)
	}
}

// addComposed folds a character that is none of the alphabets': perhaps a
// letter with a mark, a digit of another shape, or a fraction.
func (f *folder) addComposed(r rune) {
	plain := norm.NFKD.String(string(r))
	if base, _ := utf8.DecodeRuneInString(plain); base == r {
		f.separate()
		return
	}
	for _, part := range plain {
		f.add(unicode.ToLower(part))
	}
}

func (f *folder) separate() {
	f.endLatin()
	if f.last != ' ' {
		f.last = ' '
		f.out.WriteByte(' ')
	}
}

// write appends letters, each once however often it repeats.
func (f *folder) write(spelling string) {
	for i := range len(spelling) {
		if c := spelling[i]; c != f.last {
			f.last = c
			f.out.WriteByte(c)
		}
	}
}

// endLatin writes the Latin letters held back.
func (f *folder) endLatin() {
	w := f.latin
	for i := 0; i < len(w); {
		spelling, n := latinSound(w, i)
		f.write(spelling)
		i += n
	}
	f.latin = f.latin[:0]
}

// sounds are groups of Latin letters that stand for one Cyrillic letter, or for
// one sound that is spelt in several ways; longer ones first.
var sounds = []struct{ from, to string }{
	{"shch", "sh"},
	{"sch", "sh"},
	{"tch", "ch"},
	{"sh", "sh"},
	{"ch", "ch"},
	{"zh", "zh"},
	{"kh", "h"},
	{"ph", "f"},
	{"th", "t"},
	{"ck", "k"},
	{"tz", "ts"},
	{"tc", "ts"},
	{"w", "v"},
	{"q", "k"},
	{"c", "k"},
	{"x", "ks"},
}

// latinSound returns the spelling of the letters at w[i:] and how many they are.
func latinSound(w []byte, i int) (spelling string, n int) {
	rest := string(w[i:min(len(w), i+4)])
	for _, s := range sounds {
		if strings.HasPrefix(rest, s.from) {
			return s.to, len(s.from)
		}
	}
	afterVowel := i > 0 && strings.IndexByte("aeiouy", w[i-1]) >= 0
	switch {
	case w[i] == 'j' && !afterVowel:
		return "zh", 1 // Jalal-Abad
	case w[i] == 'j':
		return "i", 1 // Leninskij
	case !afterVowel && (strings.HasPrefix(rest, "ye") || strings.HasPrefix(rest, "yo")):
		return "e", 2 // Yelena, Korolyov
	case w[i] == 'y':
		return "i", 1
	}
	return rest[:1], 1
}

// words splits folded text at spaces, and the numbers of houses from their
// letters: "12a" is "12", "a", and "12k2" is "12", "k", "2". Longer mixtures are
// serial numbers and stay whole.
func words(folded string) []string {
	var out []string
	for word := range strings.FieldsSeq(folded) {
		out = appendWord(out, word)
	}
	return out
}

func appendWord(out []string, word string) []string {
	runs := splitRuns(word)
	if len(runs) == 1 || !isHouse(runs) {
		return append(out, word)
	}
	return append(out, runs...)
}

// splitRuns splits a word between digits and letters.
func splitRuns(word string) []string {
	var runs []string
	start := 0
	for i := 1; i <= len(word); i++ {
		if i == len(word) || isDigit(word[i]) != isDigit(word[i-1]) {
			runs = append(runs, word[start:i])
			start = i
		}
	}
	return runs
}

// isHouse reports whether runs of digits and letters can be those of a house.
func isHouse(runs []string) bool {
	if len(runs) > 6 {
		return false
	}
	for _, run := range runs {
		most := 4 // digits, or "korp", "str"
		if !isDigit(run[0]) {
			most = 8
		}
		if len(run) > most {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// compact is folded text without spaces: a register number however its parts
// are separated.
func compact(folded string) string { return strings.ReplaceAll(folded, " ", "") }
