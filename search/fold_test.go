package search_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kvartal/search"
)

func TestSpellingsOfOneNameMeet(t *testing.T) {
	t.Parallel()
	for _, spellings := range [][]string{
		{"Ленина", "ЛЕНИНА", "lenina", "Lenina", "Ле́нина"},
		{"Ленинская", "Leninskaya", "Leninskaia", "Leninskaja"},
		{"Королёв", "Королев", "Korolyov", "Korolev"},
		{"Шевченко", "Shevchenko", "Ševčenko", "SHEVCHENKO"},
		{"Щорса", "Shchorsa", "Schorsa", "Shorsa"},
		{"Жибек-Жолу", "Zhibek Zholu", "Jibek Jolu", "жибек  жолу"},
		{"Жалал-Абад", "Jalal-Abad", "Zhalal Abad"},
		{"Чүй", "Чуй", "Chuy", "Chui", "Çüy"},
		{"Бөкөнбаев", "Боконбаев", "Bokonbaev"},
		{"Ынтымак", "Yntymak", "Intimak"},
		{"Юрий", "Yuriy", "Yury", "Yurii", "Iurii"},
		{"Съезжинская", "Sezzhinskaya"},
		{"Аллея", "Alleya", "Aleya"},
		{"Новый", "Noviy", "Novyi", "Novy"},
		{"Хабаровск", "Khabarovsk", "Habarovsk"},
		{"Цветочная", "Tsvetochnaya", "Tzvetochnaya"},
		{"1-й переулок", "1-Й  ПЕРЕУЛОК", "1 y pereulok"},
		{"12а", "12А", "12a"},
		{"½", "1/2", "1⁄2"},
		{"№ 5", "№5", "5"},
		{"O'Neill", "ONeill", "O’Neill"},
	} {
		want := search.Fold(spellings[0])
		for _, s := range spellings[1:] {
			if got := search.Fold(s); got != want {
				t.Errorf("Fold(%q) = %q, want %q as of %q", s, got, want, spellings[0])
			}
		}
	}
}

func TestNamesThatDifferStayDifferent(t *testing.T) {
	t.Parallel()
	for _, names := range [][2]string{{"Ленина", "Лермонтова"}, {"Мира", "Мирная"}, {"11", "1"}, {"12", "1 2"}, {"Чуй", "Шуй"}, {"Исанова", "Асанова"}} {
		if search.Fold(names[0]) == search.Fold(names[1]) {
			t.Errorf("Fold(%q) = Fold(%q) = %q", names[0], names[1], search.Fold(names[0]))
		}
	}
}

func TestFoldedTextIsPlain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.String().Draw(r, "text")
		folded := search.Fold(text)
		for _, c := range folded {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789 ", c) {
				r.Fatalf("Fold(%q) = %q holds %q", text, folded, c)
			}
		}
		if folded != strings.TrimSpace(folded) || strings.Contains(folded, "  ") {
			r.Fatalf("Fold(%q) = %q has spaces too many", text, folded)
		}
		if upper := search.Fold(strings.ToUpper(text)); isCyrillic(text) && upper != folded {
			r.Fatalf("Fold(%q) = %q, in capitals %q", text, folded, upper)
		}
	})
}

func TestWhatIsTypedBeginsWhatIsMeant(t *testing.T) {
	t.Parallel()
	alphabet := []rune("абвгдеёжзийклмнопрстуфхцчшщъыьэюяңөү -0123456789")
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom(alphabet)).Draw(r, "text")
		folded := search.Fold(text)
		for i := range text {
			if begun := search.Fold(text[:i]); !strings.HasPrefix(folded, begun) {
				r.Fatalf("Fold(%q) = %q does not begin Fold(%q) = %q", text[:i], begun, text, folded)
			}
		}
	})
}

func isCyrillic(s string) bool {
	for _, r := range s {
		if r != ' ' && (r < 'А' || r > 'я') {
			return false
		}
	}
	return true
}

func FuzzFold(f *testing.F) {
	f.Add("улица Ленина, 12а корп. 2")
	f.Add("Shchyo\xff½①Ⅻ")
	f.Fuzz(func(t *testing.T, text string) {
		if folded := search.Fold(text); !utf8.ValidString(folded) || len(folded) > 64*len(text) {
			t.Errorf("Fold(%q) = %q", text, folded)
		}
	})
}
