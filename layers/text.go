package layers

// Text is one text in the languages of the interface.
type Text struct {
	Ru string `yaml:"ru" json:"ru"`
	En string `yaml:"en" json:"en"`
	Ky string `yaml:"ky" json:"ky"`
}

// Languages lists the languages of the interface, the default first.
func Languages() []string { return []string{"ru", "en", "ky"} }

// In returns the text in lang, a primary BCP 47 subtag; English if the
// interface does not speak lang.
func (t Text) In(lang string) string {
	switch lang {
	case "ru":
		return t.Ru
	case "ky":
		return t.Ky
	}
	return t.En
}
