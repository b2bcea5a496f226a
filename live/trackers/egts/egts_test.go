package egts_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
	"kvartal/live/trackers/egts"
	"kvartal/live/trackers/trackerstest"
)

func newSession() trackers.Session { return new(egts.Session) }

func plough() live.Fix {
	return live.Fix{
		Device: "133552", Source: "egts", Time: time.Date(2026, 1, 15, 6, 30, 0, 0, time.UTC),
		Point:    orb.Point{74.6057, 42.8746},
		Altitude: live.Some(771), Speed: live.Some(23.5), Course: live.Some(271), Odometer: live.Some(1234.5),
		Inputs: []live.Input{{Name: "din", Value: 0b101}, {Name: "source", Value: 0}},
	}
}

// near compares what the wire rounds: a unit of longitude is 5 mm.
func near() cmp.Option {
	return cmp.Options{
		cmpopts.EquateApprox(0, 1e-7),
		cmp.Transformer("axes", func(p orb.Point) [2]float64 { return p }),
	}
}

func suite() trackerstest.Suite {
	late := plough()
	late.Flags |= live.Late
	return trackerstest.Suite{New: newSession, Checked: true, Frames: [][]byte{
		egts.EncodeLogin(1, 133552, [15]byte([]byte("356938035643809"))),
		egts.Encode(2, 133552, []live.Fix{plough()}),
		egts.Encode(3, 133552, []live.Fix{late, plough(), plough()}),
	}}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	trackerstest.Run(t, suite())
}

func FuzzSession(f *testing.F) { trackerstest.Fuzz(f, suite()) }

func decode(t *testing.T, frame []byte) trackers.Message {
	t.Helper()
	message, err := new(egts.Session).Decode(frame)
	if err != nil {
		t.Fatalf("Decode(%x) = %v, want no error", frame, err)
	}
	return message
}

func TestPositionsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := plough()
		want.Time = want.Time.Add(time.Duration(rapid.Int32().Draw(t, "seconds")%1e8) * time.Second)
		want.Point = orb.Point{rapid.Float64Range(-180, 180).Draw(t, "lon"), rapid.Float64Range(-90, 90).Draw(t, "lat")}
		want.Speed = live.Some(float64(rapid.IntRange(0, 0x3FFF).Draw(t, "speed")) / 10)
		want.Course = live.Some(float64(rapid.IntRange(0, 359).Draw(t, "course")))
		want.Altitude = live.Some(float64(rapid.IntRange(-400, 8000).Draw(t, "altitude")))
		want.Flags = rapid.SampledFrom([]live.Flags{0, live.Late, live.NotValid, live.Late | live.NotValid}).Draw(t, "flags")
		message, err := new(egts.Session).Decode(egts.Encode(7, 133552, []live.Fix{want}))
		if err != nil {
			t.Fatalf("Decode(Encode(%+v)) = %v", want, err)
		}
		if diff := cmp.Diff([]live.Fix{want}, message.Fixes, near()); diff != "" {
			t.Fatalf("Decode(Encode) differs (-sent +got):\n%s", diff)
		}
	})
}

// seal makes a packet of the records given as hex, with sums of its own making:
// the tests share no code with the decoder.
func seal(t *testing.T, id byte, kind byte, body string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(body, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	frame := []byte{1, 0, 0, 11, 0, byte(len(data)), byte(len(data) >> 8), id, 0, kind}
	frame = append(frame, byte(sum(frame, 8, 0x31)))
	crc := sum(data, 16, 0x1021)
	return append(append(frame, data...), byte(crc), byte(crc>>8))
}

// sum is the CRC bit by bit, of 8 or 16 bits, from all ones.
func sum(data []byte, width, polynomial uint) uint {
	crc, top := uint(1)<<width-1, uint(1)<<(width-1)
	for _, b := range data {
		for bit := 7; bit >= 0; bit-- {
			feed := uint(b)>>bit&1 != 0
			carry := crc&top != 0
			crc = crc << 1 & (1<<width - 1)
			if feed != carry {
				crc ^= polynomial
			}
		}
	}
	return crc
}

// teledata wraps subrecords in a record of object 9.
func teledata(subrecords string) string {
	data := strings.ReplaceAll(subrecords, " ", "")
	length := len(data) / 2
	return hex.EncodeToString([]byte{byte(length), byte(length >> 8), 5, 0, 0x81, 9, 0, 0, 0, 2, 2}) + data
}

const position = "10 1500 00000000 00000080 00000040 01 6480 0a 010000 05 00 "

func TestReadings(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, subrecord string
		want            []live.Input
	}{
		{"sensors cut short", "12 0900 02 0f 05 81 341200 ffffff 00", nil},
		{"sensors", "12 0a00 02 0f 05 81 341200 ffffff", []live.Input{
			{Name: "dout", Value: 15},
			{Name: "din_octet2", Value: 0x81},
			{Name: "analog1", Value: 0x1234},
			{Name: "analog3", Value: 0xFFFFFF},
		}},
		{"counters", "13 0700 81 010000 020000", []live.Input{{Name: "counter1", Value: 1}, {Name: "counter8", Value: 2}}},
		{"state", "14 0500 02 86 00 29 04", []live.Input{
			{Name: "mode", Value: 2},
			{Name: "power_volts", Value: 13.4},
			{Name: "backup_volts"},
			{Name: "internal_volts", Value: 4.1},
			{Name: "state_flags", Value: 4},
		}},
		{"acceleration is none of ours", "14 0600 02 86 00 29 04 00", []live.Input{}},
		{"loops", "16 0300 0d 21 04", []live.Input{{Name: "loop1", Value: 1}, {Name: "loop3", Value: 2}, {Name: "loop4", Value: 4}}},
		{"one digital input", "17 0200 31 02", []live.Input{{Name: "digital35", Value: 1}}},
		{"one analogue input", "18 0400 07 010100", []live.Input{{Name: "analog7", Value: 257}}},
		{"one counter", "19 0400 64 e5f300", []live.Input{{Name: "counter100", Value: 62437}}},
		{"one loop", "1a 0200 24 00", []live.Input{{Name: "loop2", Value: 4}}},
		{"level as measured", "1b 0700 03 0000 10000000", []live.Input{{Name: "level3", Value: 16}}},
		{"level in litres", "1b 0700 22 0000 15000000", []live.Input{{Name: "level_litres2", Value: 2.1}}},
		{"level of a broken sensor", "1b 0700 41 0000 15000000", []live.Input{{Name: "level1", Text: "error"}}},
		{"passengers", "1c 0900 00 05 01 0000 03 01 00 02", []live.Input{
			{Name: "passengers_in1", Value: 3},
			{Name: "passengers_out1", Value: 1},
			{Name: "passengers_in3"},
			{Name: "passengers_out3", Value: 2},
		}},
	}
	for _, c := range cases {
		frame := seal(t, 1, 1, teledata(position+c.subrecord))
		message, err := new(egts.Session).Decode(frame)
		if c.want == nil {
			if kvartal.KindOf(err) != kvartal.KindInvalid {
				t.Errorf("%s: Decode(cut) = %v, want an error of KindInvalid", c.name, err)
			}
			continue
		}
		if err != nil || len(message.Fixes) != 1 {
			t.Errorf("%s: Decode = %d fixes, %v, want one", c.name, len(message.Fixes), err)
			continue
		}
		if diff := cmp.Diff(c.want, message.Fixes[0].Inputs[2:], near(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: inputs differ (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestPosition(t *testing.T) {
	t.Parallel()
	got := decode(t, seal(t, 1, 1, teledata(position+"11 0400 0a 5000 0c"))).Fixes
	want := []live.Fix{{
		Device: "9", Source: "egts", Time: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC),
		Point: orb.Point{45, 45}, Speed: live.Some(10), Course: live.Some(266), Odometer: live.Some(0.1),
		HDOP: live.Some(0.8), Satellites: live.Some(12),
		Inputs: []live.Input{{Name: "din", Value: 5}, {Name: "source"}},
	}}
	if diff := cmp.Diff(want, got, near()); diff != "" {
		t.Errorf("Decode differs (-want +got):\n%s", diff)
	}
}

func TestReadingsWithoutPosition(t *testing.T) {
	t.Parallel()
	got := decode(t, seal(t, 1, 1, teledata("18 0400 01 020000"))).Fixes
	want := []live.Fix{{Device: "9", Source: "egts", Flags: live.NoPosition, Inputs: []live.Input{{Name: "analog1", Value: 2}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Decode differs (-want +got):\n%s", diff)
	}
}

// The shift of the centre is 0.41 m; what it is on the ground depends on the place.
func TestPZ90IsConverted(t *testing.T) {
	t.Parallel()
	pz := strings.Replace(position, " 01 6480", " 05 6480", 1)
	a := decode(t, seal(t, 1, 1, teledata(position))).Fixes[0]
	b := decode(t, seal(t, 1, 1, teledata(pz))).Fixes[0]
	if b.Flags&live.FromPZ90 == 0 || a.Flags&live.FromPZ90 != 0 {
		t.Fatalf("flags = %v and %v, want only the second from PZ-90", a.Flags, b.Flags)
	}
	// At 45° N 45° E: east −sin λ·dx + cos λ·dy, north −sin φ(cos λ·dx + sin λ·dy) + cos φ·dz.
	dx, dy, dz, half := -0.36, 0.08, 0.18, math.Sqrt2/2
	east, north := half*(dy-dx), -half*half*(dx+dy)+half*dz
	gotEast := (b.Point[0] - a.Point[0]) * math.Pi / 180 * 6388838.3 * half
	gotNorth := (b.Point[1] - a.Point[1]) * math.Pi / 180 * 6367381.8
	if math.Abs(gotEast-east) > 0.005 {
		t.Errorf("PZ-90 → WGS 84 moves %.3f m east, want %.3f", gotEast, east)
	}
	// The ellipsoids differ in flattening, which moves latitudes by up to a
	// quarter of a metre beside the shift.
	if math.Abs(gotNorth-north) > 0.5 {
		t.Errorf("PZ-90 → WGS 84 moves %.3f m north, want about %.3f", gotNorth, north)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	fix := egts.Encode(2, 9, []live.Fix{plough()})
	login := egts.EncodeLogin(1, 9, [15]byte([]byte("356938035643809")))
	damaged := bytes.Clone(fix)
	damaged[len(damaged)-1] ^= 1
	cases := []struct {
		name  string
		got   []byte
		want  []byte
		error bool
	}{
		{"stored", decode(t, fix).Accepted, seal(t, 2, 0, "0200 00 0600 0000 00 02 02 00 0300 0000 00"), false},
		{"not stored", decode(t, fix).Refused, seal(t, 2, 0, "0200 00 0600 0000 00 02 02 00 0300 0000 9c"), false},
		{"logged in", decode(t, login).Accepted, append(
			seal(t, 1, 0, "0100 00 0600 0000 00 01 01 00 0300 0000 00"),
			seal(t, 1, 1, "0400 0100 00 01 01 09 0100 00")...), false},
		{"denied", decode(t, login).Refused, append(
			seal(t, 1, 0, "0100 00 0600 0000 00 01 01 00 0300 0000 97"),
			seal(t, 1, 1, "0400 0100 00 01 01 09 0100 97")...), false},
	}
	for _, c := range cases {
		if !bytes.Equal(c.got, c.want) {
			t.Errorf("%s: answer = %x, want %x", c.name, c.got, c.want)
		}
	}
	message, err := new(egts.Session).Decode(damaged)
	if want := seal(t, 2, 0, "0200 8a"); err == nil || !bytes.Equal(message.Refused, want) {
		t.Errorf("Decode(damaged) = %x, %v, want the answer %x and an error", message.Refused, err, want)
	}
}

func TestLogins(t *testing.T) {
	t.Parallel()
	auth := func(subrecord string) string {
		return strings.Replace(teledata(subrecord), "090000000202", "090000000101", 1)
	}
	cases := []struct {
		name, subrecord string
		want            trackers.Login
	}{
		{"terminal by number", "01 0500 2a000000 00", trackers.Login{Device: "42"}},
		{"dispatcher", "05 0700 00 07000000 3132", trackers.Login{Device: "dispatcher:7", Password: "12"}},
		{"name and password", "07 0500 7500 707700", trackers.Login{Device: "u", Password: "pw"}},
	}
	for _, c := range cases {
		got := decode(t, seal(t, 1, 1, auth(c.subrecord))).Login
		if got == nil || *got != c.want {
			t.Errorf("%s: Login = %+v, want %+v", c.name, got, c.want)
		}
	}
}

// A terminal that logged in may leave its number out of its records.
func TestDeviceOfTheSession(t *testing.T) {
	t.Parallel()
	session := new(egts.Session)
	if _, err := session.Decode(egts.EncodeLogin(1, 9, [15]byte([]byte("356938035643809")))); err != nil {
		t.Fatal(err)
	}
	data := strings.ReplaceAll(position, " ", "")
	message, err := session.Decode(seal(t, 2, 1, "180005000002 02"+data))
	if err != nil || len(message.Fixes) != 1 || message.Fixes[0].Device != "356938035643809" {
		t.Errorf("Decode(record without object) = %+v, %v, want a fix of 356938035643809", message.Fixes, err)
	}
}

func TestATerminalIsOneDeviceByIMEIAndByNumber(t *testing.T) {
	t.Parallel()
	var session egts.Session
	if _, err := session.Decode(egts.EncodeLogin(1, 133552, [15]byte([]byte("356938035643809")))); err != nil {
		t.Fatal(err)
	}
	for object, want := range map[uint32]live.DeviceID{133552: "356938035643809", 7: "7"} {
		message, err := session.Decode(egts.Encode(2, object, []live.Fix{plough()}))
		if err != nil || message.Fixes[0].Device != want {
			t.Errorf("a record of object %d is of device %q, %v, want %q", object, message.Fixes[0].Device, err, want)
		}
	}
}

func TestUnreadablePackets(t *testing.T) {
	t.Parallel()
	encrypted := egts.Encode(2, 9, []live.Fix{plough()})
	encrypted[2] = 0x08
	encrypted[10] = byte(sum(encrypted[:10], 8, 0x31))
	for name, frame := range map[string][]byte{
		"encrypted":       encrypted,
		"cut record":      seal(t, 1, 1, "ff00 0000 00 02 02 00"),
		"unknown type":    seal(t, 1, 9, "00"),
		"short signature": seal(t, 1, 2, "0500 00"),
	} {
		message, err := new(egts.Session).Decode(frame)
		if kvartal.KindOf(err) != kvartal.KindInvalid || len(message.Refused) == 0 || len(message.Fixes) > 0 {
			t.Errorf("%s: Decode = %+v, %v, want only a refusal and an error of KindInvalid", name, message, err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	fixes := make([]live.Fix, 100)
	for i := range fixes {
		fixes[i] = plough()
	}
	frame := egts.Encode(1, 9, fixes)
	session, before := new(egts.Session), cpuTime(b)
	b.ReportAllocs()
	for b.Loop() {
		if message, err := session.Decode(frame); err != nil || len(message.Fixes) != len(fixes) {
			b.Fatalf("Decode = %d fixes, %v, want %d", len(message.Fixes), err, len(fixes))
		}
	}
	b.ReportMetric(float64(len(fixes)*b.N)/b.Elapsed().Seconds(), "fixes/s")
	b.ReportMetric(float64(len(fixes)*b.N)/(cpuTime(b)-before).Seconds(), "fixes/cpu-s")
}

// cpuTime is what this process has used, which others on the machine do not alter.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A terminal that reads the answers knows whether it may forget.
func TestAccepted(t *testing.T) {
	t.Parallel()
	fix := live.Fix{Device: "7", Time: time.Date(2026, 1, 15, 6, 30, 0, 0, time.UTC), Point: orb.Point{74.6, 42.87}}
	var session egts.Session
	m, err := session.Decode(egts.Encode(9, 7, []live.Fix{fix}))
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]struct {
		answer []byte
		want   bool
	}{"stored": {m.Accepted, true}, "refused": {m.Refused, false}} {
		if got, err := egts.Accepted(try.answer); err != nil || got != try.want {
			t.Errorf("Accepted(%s) = %v, %v, want %v", name, got, err, try.want)
		}
	}
	if _, err := egts.Accepted(m.Accepted[:len(m.Accepted)-1]); err == nil {
		t.Error("Accepted of half an answer = nil error")
	}
}
