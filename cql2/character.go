package cql2

// Classes of characters of the standard's grammar (Annex B).

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isSpace(r rune) bool {
	switch {
	case r == ' ', '\t' <= r && r <= '\r':
		return true
	case r < 0x85:
		return false
	}
	switch r {
	case 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
		return true
	}
	return 0x2000 <= r && r <= 0x200A
}

func isIdentifierStart(r rune) bool {
	switch {
	case r < 0x80:
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_' || r == ':'
	case isSpace(r): // the ranges below would take in U+1680
		return false
	case r <= 0x2FF:
		return r >= 0xC0 && r != 0xD7 && r != 0xF7
	}
	return between(r, 0x370, 0x1FFE) && r != 0x37E ||
		between(r, 0x200C, 0x200D) ||
		between(r, 0x2070, 0x218F) ||
		between(r, 0x2C00, 0x2FEF) ||
		between(r, 0x3001, 0xD7FF) ||
		between(r, 0xF900, 0xFDCF) ||
		between(r, 0xFDF0, 0xFFFD) ||
		between(r, 0x10000, 0xEFFFF)
}

func isIdentifierPart(r rune) bool {
	return isIdentifierStart(r) || isDigit(r) || r == '.' ||
		between(r, 0x300, 0x36F) || between(r, 0x203F, 0x2040)
}

func between(r, low, high rune) bool { return low <= r && r <= high }

// isIdentifier reports whether s can stand in CQL2 text without quotes, if it
// is no keyword.
func isIdentifier(s string) bool {
	for i, r := range s {
		if i == 0 && !isIdentifierStart(r) || !isIdentifierPart(r) {
			return false
		}
	}
	return s != ""
}
