package server

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"kvartal/layers"
	"kvartal/tiles"
)

//go:embed pages
var pageFiles embed.FS

// pages are the templates of the OGC resources for people.
type pages struct {
	byName map[string]*template.Template
	style  []byte
	sum    string // of the style sheet, in its address
}

func newPages() (*pages, error) {
	p := &pages{byName: map[string]*template.Template{}}
	var err error
	if p.style, err = pageFiles.ReadFile("pages/style.css"); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(p.style)
	p.sum = hex.EncodeToString(sum[:6])
	layout, err := template.New("").Funcs(template.FuncMap{"plain": plain}).ParseFS(pageFiles, "pages/layout.html")
	if err != nil {
		return nil, err
	}
	entries, err := pageFiles.ReadDir("pages")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		name, isPage := strings.CutSuffix(entry.Name(), ".html")
		if !isPage || name == "layout" {
			continue
		}
		t, err := layout.Clone()
		if err == nil {
			t, err = t.ParseFS(pageFiles, "pages/"+entry.Name())
		}
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		p.byName[name] = t
	}
	return p, nil
}

// htmlPage is a page for people around a document.
type htmlPage struct {
	template string
	Title    string
	Layer    *layerCrumb

	Lang     string
	Root     string
	StyleURL string
	City     string
	Links    []link // to the other representations
	Langs    []langLink
	Facts    []fact // of a layer's catalogue entry
	T        func(string) string
	Doc      any
}

// fact is a line of a catalogue entry.
type fact struct{ Title, Text, Href string }

// layerCrumb leads back to the layer of a page.
type layerCrumb struct{ Href, Title string }

type langLink struct {
	Lang, Href string
	Current    bool
}

// layerPage is a page below a layer's, or of the layer itself with nil.
func (o *ogcRequest) layerPage(name, title string, l *tiles.Layer) htmlPage {
	page := htmlPage{template: name, Title: title}
	if l != nil {
		page.Layer = &layerCrumb{o.root + collectionPath(l.Definition), o.text(l.Definition.Title)}
	}
	return page
}

func (o *ogcRequest) respondHTML(w http.ResponseWriter, page htmlPage, document any) error {
	page.Lang, page.Root, page.T, page.Doc = o.lang, o.root, o.T, document
	page.City, page.StyleURL = o.text(o.city.Store.City().Title), o.root+"/style.css?v="+o.pages.sum
	for _, l := range o.selfLinks() {
		if l.Rel == "alternate" {
			page.Links = append(page.Links, l)
		}
	}
	for _, lang := range layers.Languages() {
		query := o.URL.Query()
		query.Set("lang", lang)
		page.Langs = append(page.Langs, langLink{lang, withQuery(o.root+o.path(), query), lang == o.lang})
	}
	t := o.pages.byName[page.template]
	if t == nil {
		return fmt.Errorf("there is no page %q", page.template)
	}
	var body bytes.Buffer
	if err := t.ExecuteTemplate(&body, "layout.html", page); err != nil {
		return fmt.Errorf("page %s: %w", page.template, err)
	}
	return respond(w, o.Request, "text/html; charset=utf-8", body.Bytes())
}

// styleSheet answers /ogc/style.css.
func (s *Server) styleSheet(w http.ResponseWriter, r *http.Request, _ *City) error {
	if err := parameters(r, "v"); err != nil {
		return err
	}
	return respond(w, r, "text/css; charset=utf-8", s.pages.style)
}

// plain turns a document into maps, lists and values, for pages that show any.
func plain(document any) (any, error) {
	b, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, err
	}
	return newNode(v), nil
}

// node is a value of a document as pages show it: members, items or a text.
type node struct {
	Members map[string]node
	Items   []node
	Text    string
	Address bool   // the text is an address to follow
	Link    string // where the text leads
}

// linkNode is a link by RFC 8288 as a line: its title, or address, and type.
func linkNode(v map[string]any) (node, bool) {
	href, _ := v["href"].(string)
	if _, related := v["rel"]; !related || !strings.HasPrefix(href, "http") || strings.Contains(href, "{") {
		return node{}, false
	}
	text, _ := v["title"].(string)
	if kind, _ := v["type"].(string); kind != "" {
		text = strings.TrimSpace(cmp.Or(text, href) + " (" + kind + ")")
	}
	return node{Text: cmp.Or(text, href), Link: href}, true
}

func newNode(v any) node {
	switch v := v.(type) {
	case map[string]any:
		if link, ok := linkNode(v); ok {
			return link
		}
		n := node{Members: map[string]node{}}
		for name, member := range v {
			n.Members[name] = newNode(member)
		}
		return n
	case []any:
		n := node{Items: []node{}}
		for _, item := range v {
			n.Items = append(n.Items, newNode(item))
		}
		return n
	}
	text := fmt.Sprint(v)
	return node{Text: text, Address: strings.HasPrefix(text, "http") && !strings.Contains(text, "{")}
}
