package bus

import (
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/paulmach/orb"

	"kvartal"
	"kvartal/live"
)

// message is a batch as it lies in the stream: CBOR (RFC 8949) with numbers for
// keys. What is added later gets a new number, so that batches outlive updates.
type message struct {
	Fixes []fix `cbor:"1,keyasint"`
}

type fix struct {
	Device   string   `cbor:"1,keyasint"`
	Source   string   `cbor:"2,keyasint"`
	Told     *int64   `cbor:"3,keyasint,omitempty"` // microseconds since 1970
	Received int64    `cbor:"4,keyasint"`
	Lon      float64  `cbor:"5,keyasint"`
	Lat      float64  `cbor:"6,keyasint"`
	Altitude *float64 `cbor:"7,keyasint,omitempty"`
	Speed    *float64 `cbor:"8,keyasint,omitempty"`
	Course   *float64 `cbor:"9,keyasint,omitempty"`
	HDOP     *float64 `cbor:"10,keyasint,omitempty"`
	Sats     *float64 `cbor:"11,keyasint,omitempty"`
	Odometer *float64 `cbor:"12,keyasint,omitempty"`
	Flags    uint8    `cbor:"13,keyasint,omitempty"`
	Inputs   []input  `cbor:"14,keyasint,omitempty"`
}

type input struct {
	Name  string  `cbor:"1,keyasint"`
	Value float64 `cbor:"2,keyasint"`
	Text  string  `cbor:"3,keyasint,omitempty"`
}

// encode writes a batch. Times keep microseconds, which is what the database
// keeps: a fix has one key before and after.
func encode(batch []live.Fix) ([]byte, error) {
	m := message{Fixes: make([]fix, len(batch))}
	for i := range batch {
		m.Fixes[i] = packed(&batch[i])
	}
	data, err := cbor.Marshal(m)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInternal, "encode a batch").Because(err)
	}
	return data, nil
}

func packed(f *live.Fix) fix {
	p := fix{
		Device: string(f.Device), Source: f.Source, Received: f.Received.UnixMicro(),
		Lon: f.Point[0], Lat: f.Point[1], Altitude: told(f.Altitude), Speed: told(f.Speed), Course: told(f.Course),
		HDOP: told(f.HDOP), Sats: told(f.Satellites), Odometer: told(f.Odometer), Flags: uint8(f.Flags),
	}
	if !f.Time.IsZero() {
		t := f.Time.UnixMicro()
		p.Told = &t
	}
	for _, in := range f.Inputs {
		p.Inputs = append(p.Inputs, input(in))
	}
	return p
}

// decode reads a batch. An error means that something else was in the stream.
func decode(data []byte) ([]live.Fix, error) {
	var m message
	if err := cbor.Unmarshal(data, &m); err != nil {
		return nil, kvartal.Errorf(kvartal.KindInvalid, "this is no batch of fixes").Because(err)
	}
	batch := make([]live.Fix, len(m.Fixes))
	for i := range m.Fixes {
		batch[i] = m.Fixes[i].unpacked()
	}
	return batch, nil
}

func (p *fix) unpacked() live.Fix {
	f := live.Fix{
		Device: live.DeviceID(p.Device), Source: p.Source, Received: time.UnixMicro(p.Received).UTC(),
		Point: orb.Point{p.Lon, p.Lat}, Altitude: number(p.Altitude), Speed: number(p.Speed), Course: number(p.Course),
		HDOP: number(p.HDOP), Satellites: number(p.Sats), Odometer: number(p.Odometer), Flags: live.Flags(p.Flags),
	}
	if p.Told != nil {
		f.Time = time.UnixMicro(*p.Told).UTC()
	}
	for _, in := range p.Inputs {
		f.Inputs = append(f.Inputs, live.Input(in))
	}
	return f
}

func told(n live.Number) *float64 {
	if !n.Known {
		return nil
	}
	return &n.Value
}

func number(v *float64) live.Number {
	if v == nil {
		return live.Number{}
	}
	return live.Some(*v)
}
