// Package bustime reads and writes the CSV that Bustime takes from cities each
// ten seconds (api.busti.me): id,time,lon,lat,plate,route,speed,wheelchair. Time
// is Unix seconds, speed km/h, wheelchair 0 or 1; only the first four are
// required.
package bustime

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
)

// Source is the name of the protocol in fixes.
const Source = "bustime"

// Names of the inputs.
const (
	plate      = "plate"
	route      = "route"
	wheelchair = "wheelchair"
)

// maxVehicles is the longest file.
const maxVehicles = 20_000

// Decode reads a file. A first line of names is left out. Errors are of
// kvartal.KindInvalid or KindTooLarge and name the line.
func Decode(data []byte) ([]live.Fix, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	var fixes []live.Fix
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return fixes, nil
		}
		if err != nil {
			return nil, kvartal.Errorf(kvartal.KindInvalid, "the file is not CSV").Because(err)
		}
		line, _ := r.FieldPos(0)
		if line == 1 && row[0] == "id" {
			continue
		}
		if len(fixes) == maxVehicles {
			return nil, kvartal.Errorf(kvartal.KindTooLarge, "a file holds at most %d vehicles", maxVehicles)
		}
		fix, err := parse(row)
		if err != nil {
			return nil, kvartal.Within(err, "line "+strconv.Itoa(line))
		}
		fixes = append(fixes, fix)
	}
}

func parse(row []string) (live.Fix, error) {
	if len(row) < 4 || len(row) > 8 || row[0] == "" {
		return live.Fix{}, kvartal.Errorf(kvartal.KindInvalid, "a vehicle is id,time,lon,lat,plate,route,speed,wheelchair, of which four are required")
	}
	var full [8]string
	copy(full[:], row)
	seconds, err := strconv.ParseInt(full[1], 10, 64)
	if err != nil {
		return live.Fix{}, kvartal.Errorf(kvartal.KindInvalid, "the time %.30q is not in seconds since 1970", full[1])
	}
	fix := live.Fix{Device: live.DeviceID(full[0]), Source: Source, Time: time.Unix(seconds, 0).UTC()}
	lon, lonErr := number(full[2])
	lat, latErr := number(full[3])
	speed, speedErr := number(full[6])
	low, lowErr := number(full[7])
	if err := errors.Join(lonErr, latErr, speedErr, lowErr); err != nil {
		return live.Fix{}, kvartal.Errorf(kvartal.KindInvalid, "longitude, latitude, speed and wheelchair must be numbers").Because(err)
	}
	if !lon.Known || !lat.Known {
		fix.Flags |= live.NoPosition
	}
	fix.Point, fix.Speed = orb.Point{lon.Value, lat.Value}, speed
	fix.Inputs = appendText(fix.Inputs, plate, full[4])
	fix.Inputs = appendText(fix.Inputs, route, full[5])
	if low.Known {
		fix.Inputs = append(fix.Inputs, live.Input{Name: wheelchair, Value: low.Value})
	}
	return fix, nil
}

func number(text string) (live.Number, error) {
	if text == "" {
		return live.Number{}, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	return live.Some(v), err
}

func appendText(inputs []live.Input, name, text string) []live.Input {
	if text == "" {
		return inputs
	}
	return append(inputs, live.Input{Name: name, Text: text})
}

// Encode writes a file of the fixes that have a position and a time.
func Encode(w io.Writer, fixes []live.Fix) error {
	out := csv.NewWriter(w)
	for i := range fixes {
		if fix := &fixes[i]; fix.HasPosition() && !fix.Time.IsZero() {
			if err := out.Write(format(fix)); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func format(fix *live.Fix) []string {
	plate, _ := fix.Input(plate)
	route, _ := fix.Input(route)
	row := []string{
		string(fix.Device), strconv.FormatInt(fix.Time.Unix(), 10), decimal(fix.Point[0]), decimal(fix.Point[1]),
		plate.Text, route.Text, "", "",
	}
	if fix.Speed.Known {
		row[6] = decimal(fix.Speed.Value)
	}
	if low, ok := fix.Input(wheelchair); ok {
		row[7] = decimal(low.Value)
	}
	return row
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
