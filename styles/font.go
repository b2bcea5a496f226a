package styles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kvartal"
)

// fontFaces is the "font-faces" member of a style document: font → files.
type fontFaces map[string][]fontFace

type fontFace struct {
	URL          string   `json:"url"`
	UnicodeRange []string `json:"unicode-range,omitempty"`
}

// loadFontFaces reads the fonts of the built web map; none before it is built.
func loadFontFaces(assets fs.FS) (fontFaces, error) {
	var faces fontFaces
	err := readAsset(assets, "fonts/font-faces.json", &faces)
	return faces, err
}

// at returns the faces with absolute URLs.
func (f fontFaces) at(origin string) fontFaces {
	if f == nil {
		return nil
	}
	out := fontFaces{}
	for font, faces := range f {
		for _, face := range faces {
			if strings.HasPrefix(face.URL, "/") {
				face.URL = origin + face.URL
			}
			out[font] = append(out[font], face)
		}
	}
	return out
}

// glyphRangePattern is a range of 256 code points, as in "1024-1279".
var glyphRangePattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,6})-([1-9][0-9]{1,6})$`)

const lastCodePoint = 0x10FFFF

// Glyphs returns the glyph PBF of a font stack ("Noto Sans Bold" or several
// fonts with commas between, of which the first we have counts) and a range of
// 256 code points ("1024-1279"), as map clients other than the web map ask for
// them. A range for which the font draws nothing is a valid PBF without
// glyphs, so that clients do not ask again.
//
// Errors are of KindNotFound (no such font) and KindInvalid (no such range).
func (s *Styles) Glyphs(stack, codes string) ([]byte, error) {
	font := firstKnown(stack)
	if font == "" {
		return nil, kvartal.Errorf(kvartal.KindNotFound, "there is no font %.80q: want one of %s", stack, strings.Join(Fonts(), ", "))
	}
	if !isGlyphRange(codes) {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "%.30q is no glyph range: want 256 code points as in 0-255 or 1024-1279", codes)
	}
	if s.assets == nil {
		return emptyGlyphs(font, codes), nil
	}
	// Both parts of the path are checked: it cannot leave the folder.
	b, err := fs.ReadFile(s.assets, "fonts/"+font+"/"+codes+".pbf")
	if errors.Is(err, fs.ErrNotExist) {
		return emptyGlyphs(font, codes), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read glyphs of %s %s: %w", font, codes, err)
	}
	return b, nil
}

func firstKnown(stack string) string {
	for font := range strings.SplitSeq(stack, ",") {
		if font = strings.TrimSpace(font); slices.Contains(Fonts(), font) {
			return font
		}
	}
	return ""
}

func isGlyphRange(codes string) bool {
	m := glyphRangePattern.FindStringSubmatch(codes)
	if m == nil {
		return false
	}
	first, _ := strconv.Atoi(m[1])
	last, _ := strconv.Atoi(m[2])
	return first%256 == 0 && last == first+255 && last <= lastCodePoint
}

// emptyGlyphs is a message glyphs { stacks: { name, range } } of Mapbox's
// glyphs.proto without glyphs.
func emptyGlyphs(font, codes string) []byte {
	stack := slices.Concat(protoBytes(1, font), protoBytes(2, codes))
	return protoBytes(1, string(stack))
}

// protoBytes encodes a length-delimited field of Protocol Buffers.
func protoBytes(field uint64, value string) []byte {
	b := binary.AppendUvarint(nil, field<<3|2)
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}
