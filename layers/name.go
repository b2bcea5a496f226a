package layers

// NameOf returns what a feature with these values is called in a language: its
// label in that language, if the layer has one (name_ru beside name), the title
// of a code, or the label as it is; "" if it has none.
func (d *Definition) NameOf(values map[string]string, lang string) string {
	if local := values[d.localLabel(lang)]; local != "" {
		return local
	}
	label := values[d.Label]
	f, ok := d.Field(d.Label)
	if !ok {
		return label
	}
	for _, code := range f.Codes {
		if code.Value == label {
			return code.Title.In(lang)
		}
	}
	return label
}

// NameFields returns the fields that NameOf looks at, for all languages.
func (d *Definition) NameFields() []string {
	if d.Label == "" {
		return nil
	}
	names := []string{d.Label}
	for _, lang := range Languages() {
		if _, ok := d.Field(d.localLabel(lang)); ok {
			names = append(names, d.localLabel(lang))
		}
	}
	return names
}

func (d *Definition) localLabel(lang string) string { return d.Label + "_" + lang }
