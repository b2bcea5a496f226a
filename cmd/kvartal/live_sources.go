package main

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"kvartal"
	"kvartal/live/ingest"
	"kvartal/live/trackers/jsonfix"
)

// sourcesFile is what KVARTAL_SOURCES names: documents that are fetched, and
// where in other systems' JSON what stands.
type sourcesFile struct {
	Feeds   []feedSetting          `yaml:"feeds"`
	Brokers []brokerSetting        `yaml:"brokers"`
	Forms   map[string]formSetting `yaml:"forms"`
}

type feedSetting struct {
	Name    string            `yaml:"name"`
	URL     string            `yaml:"url"`
	Form    string            `yaml:"form"`
	Prefix  string            `yaml:"prefix"`
	Every   time.Duration     `yaml:"every"`
	Timeout time.Duration     `yaml:"timeout"`
	MaxMB   int64             `yaml:"max_mb"`
	Headers map[string]string `yaml:"headers"`
	Hosts   []string          `yaml:"hosts"`
}

type brokerSetting struct {
	Name     string   `yaml:"name"`
	URL      string   `yaml:"url"`
	Form     string   `yaml:"form"`
	Username string   `yaml:"username"`
	Password string   `yaml:"password"`
	ClientID string   `yaml:"client_id"`
	Topics   []string `yaml:"topics"`
}

// formSetting are the paths of a mapping; each is one or a list.
type formSetting struct {
	Device     paths `yaml:"device"`
	Time       paths `yaml:"time"`
	Lon        paths `yaml:"lon"`
	Lat        paths `yaml:"lat"`
	Altitude   paths `yaml:"altitude"`
	Speed      paths `yaml:"speed"`
	Course     paths `yaml:"course"`
	HDOP       paths `yaml:"hdop"`
	Satellites paths `yaml:"satellites"`
	Odometer   paths `yaml:"odometer"`
	Valid      paths `yaml:"valid"`
	Late       paths `yaml:"late"`
	Inputs     paths `yaml:"inputs"`
}

type paths jsonfix.Paths

// UnmarshalYAML reads one path or a list of them.
func (p *paths) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*p = paths{one}
		return nil
	}
	return unmarshal((*[]string)(p))
}

func (f formSetting) mapping(name string) jsonfix.Mapping {
	return jsonfix.Mapping{
		Source: name, Device: jsonfix.Paths(f.Device), Time: jsonfix.Paths(f.Time), Lon: jsonfix.Paths(f.Lon), Lat: jsonfix.Paths(f.Lat),
		Altitude: jsonfix.Paths(f.Altitude), Speed: jsonfix.Paths(f.Speed), Course: jsonfix.Paths(f.Course), HDOP: jsonfix.Paths(f.HDOP),
		Satellites: jsonfix.Paths(f.Satellites), Odometer: jsonfix.Paths(f.Odometer),
		Valid: jsonfix.Paths(f.Valid), Late: jsonfix.Paths(f.Late), Inputs: jsonfix.Paths(f.Inputs),
	}
}

// sources are the ways in that a file describes.
type sources struct {
	forms   ingest.Forms
	feeds   []ingest.Feed
	brokers []ingest.Broker
}

// loadSources reads the file; "" describes none.
func loadSources(path string) (sources, error) {
	var file sourcesFile
	if path != "" {
		f, err := os.Open(path)
		if err != nil {
			return sources{}, kvartal.Errorf(kvartal.KindInvalid, "the file of sources %s cannot be read", path).Because(err)
		}
		defer func() { _ = f.Close() }()
		if err := yaml.NewDecoder(f, yaml.Strict()).Decode(&file); err != nil && !errors.Is(err, io.EOF) {
			return sources{}, kvartal.Errorf(kvartal.KindInvalid, "the file of sources %s: %s", path, yaml.FormatError(err, false, true))
		}
	}
	mappings := map[string]jsonfix.Mapping{}
	for name, form := range file.Forms {
		if len(form.Device) == 0 {
			return sources{}, kvartal.Errorf(kvartal.KindInvalid, "form %q does not say where the device is named", name)
		}
		mappings[name] = form.mapping(name)
	}
	s := sources{forms: ingest.NewForms(mappings)}
	for _, setting := range file.Feeds {
		feed, err := setting.feed(s.forms)
		if err != nil {
			return sources{}, err
		}
		if slices.ContainsFunc(s.feeds, func(other ingest.Feed) bool { return other.Name == feed.Name }) {
			return sources{}, kvartal.Errorf(kvartal.KindInvalid, "two feeds are named %q", feed.Name)
		}
		s.feeds = append(s.feeds, feed)
	}
	for _, setting := range file.Brokers {
		broker, err := setting.broker(s.forms)
		if err != nil {
			return sources{}, err
		}
		s.brokers = append(s.brokers, broker)
	}
	return s, nil
}

func (b brokerSetting) broker(forms ingest.Forms) (ingest.Broker, error) {
	messages, known := forms.Messages(b.Form)
	if !known {
		return ingest.Broker{}, kvartal.Errorf(kvartal.KindInvalid, "broker %q is of form %q: want json, chirpstack, ttn or one of the file", b.Name, b.Form)
	}
	if strings.TrimSpace(b.Name) == "" {
		return ingest.Broker{}, kvartal.Errorf(kvartal.KindInvalid, "a broker has no name")
	}
	broker := ingest.Broker{
		Name: b.Name, URL: b.URL, Username: b.Username, Password: os.Expand(b.Password, os.Getenv),
		ClientID: cmp.Or(b.ClientID, "kvartal"), Topics: b.Topics, Messages: messages,
	}
	return broker, broker.Check()
}

func (f feedSetting) feed(forms ingest.Forms) (ingest.Feed, error) {
	decode, known := forms.Decode(f.Form)
	if !known {
		return ingest.Feed{}, kvartal.Errorf(kvartal.KindInvalid, "feed %q is of form %q: want one of %s", f.Name, f.Form, forms)
	}
	feed := ingest.Feed{
		Name: f.Name, URL: f.URL, Decode: decode, Prefix: f.Prefix, Header: http.Header{}, Hosts: f.Hosts,
		Every: f.Every, Timeout: f.Timeout, MaxBytes: f.MaxMB << 20,
	}
	for name, value := range f.Headers {
		feed.Header.Set(name, os.Expand(value, os.Getenv))
	}
	if strings.TrimSpace(f.Name) == "" {
		return ingest.Feed{}, kvartal.Errorf(kvartal.KindInvalid, "a feed has no name")
	}
	return feed, feed.Check()
}
