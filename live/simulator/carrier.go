package simulator

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers/egts"
	"kvartal/live/trackers/wialon"
)

// answerWithin is how long a device waits for an answer before it connects anew.
const answerWithin = 40 * time.Second

// carrier brings the fixes of one unit to a listener, over one connection after
// another.
type carrier interface {
	// send returns nil when the fixes are acknowledged. After an error some of them
	// may have arrived.
	send(ctx context.Context, fixes []live.Fix) error
	// acknowledges reports whether nil of send means that.
	acknowledges() bool
	close()
}

// carrier returns what the unit speaks by; nil if nobody listens.
func (s *Simulator) carrier(u Unit) carrier {
	c := s.config
	switch {
	case u.Class == Bus && c.Feed != nil:
		return c.Feed
	case u.Class == Sensor && c.MQTT != "":
		return &mqttCarrier{address: c.MQTT, device: u.Device}
	case u.Class == Plough && u.Number%2 == 1 && c.EGTS != "":
		return &egtsCarrier{line: line{address: c.EGTS}, unit: u}
	case u.Class == Plough && c.Wialon != "":
		return &wialonCarrier{line: line{address: c.Wialon}, device: u.Device}
	}
	return nil
}

// line is a TCP connection that is made when it is needed.
type line struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
}

// dial connects if there is no connection; fresh says that there was none.
func (l *line) dial(ctx context.Context) (fresh bool, err error) {
	if l.conn == nil {
		d := net.Dialer{Timeout: 5 * time.Second}
		if l.conn, err = d.DialContext(ctx, "tcp", l.address); err != nil {
			l.conn = nil
			return false, err
		}
		l.in, fresh = bufio.NewReader(l.conn), true
	}
	return fresh, l.conn.SetDeadline(time.Now().Add(answerWithin))
}

func (l *line) close() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}

func (*line) acknowledges() bool { return true }

// converse tells something over the connection, after a login if it is new. A
// connection that fails is closed.
func (l *line) converse(ctx context.Context, login, tell func() error) error {
	fresh, err := l.dial(ctx)
	if err != nil {
		return err
	}
	conn := l.conn
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if fresh {
		err = login()
	}
	if err == nil {
		err = tell()
	}
	if err != nil {
		l.close()
	}
	return err
}

// wialonCarrier speaks Wialon IPS 2: one fix as #D#, several as #B#.
type wialonCarrier struct {
	line

	device live.DeviceID
}

func (c *wialonCarrier) send(ctx context.Context, fixes []live.Fix) error {
	return c.converse(ctx, func() error {
		return c.say(wialon.EncodeLogin(c.device, "NA"), "#AL#1")
	}, func() error {
		if len(fixes) == 1 && fixes[0].Flags&live.Late == 0 {
			return c.say(wialon.Encode(&fixes[0]), "#AD#1")
		}
		return c.say(wialon.EncodeBlackBox(fixes), "#AB#"+strconv.Itoa(len(fixes)))
	})
}

func (c *wialonCarrier) say(message []byte, want string) error {
	if _, err := c.conn.Write(message); err != nil {
		return err
	}
	answer, err := c.in.ReadString('\n')
	if err != nil {
		return err
	}
	if got := strings.TrimSpace(answer); got != want {
		return kvartal.Errorf(kvartal.KindUnavailable, "answered %q, not %q", got, want)
	}
	return nil
}

// egtsCarrier speaks EGTS, after a login by IMEI.
type egtsCarrier struct {
	line

	unit Unit
	id   uint16 // of the next packet
}

func (c *egtsCarrier) send(ctx context.Context, fixes []live.Fix) error {
	terminal := uint32(c.unit.Number) //nolint:gosec // counts from 1
	return c.converse(ctx, func() error {
		var imei [15]byte
		copy(imei[:], c.unit.Device)
		return c.say(egts.EncodeLogin(c.next(), terminal, imei), 2) // the response, and the result of the login
	}, func() error {
		return c.say(egts.Encode(c.next(), terminal, fixes), 1)
	})
}

func (c *egtsCarrier) next() uint16 {
	c.id++
	return c.id
}

// say sends a packet and reads the answers to it. A packet that is refused is
// refused as a whole.
func (c *egtsCarrier) say(packet []byte, answers int) error {
	if _, err := c.conn.Write(packet); err != nil {
		return err
	}
	for range answers {
		frame, err := c.frame()
		if err != nil {
			return err
		}
		if ok, err := egts.Accepted(frame); err != nil || !ok {
			return kvartal.Errorf(kvartal.KindUnavailable, "an EGTS packet was refused").Because(err)
		}
	}
	return nil
}

func (c *egtsCarrier) frame() ([]byte, error) {
	var session egts.Session
	frame := make([]byte, 0, 64)
	for {
		b, err := c.in.ReadByte()
		if err != nil {
			return nil, err
		}
		frame = append(frame, b)
		if n, err := session.Split(frame); err != nil || n > 0 {
			return frame, err
		}
	}
}

// mqttCarrier publishes JSON with QoS 1.
type mqttCarrier struct {
	address string
	device  live.DeviceID
	client  paho.Client
}

func (*mqttCarrier) acknowledges() bool { return true }

func (c *mqttCarrier) send(ctx context.Context, fixes []live.Fix) error {
	payload, err := json.Marshal(messages(fixes))
	if err != nil {
		return err
	}
	if c.client == nil || !c.client.IsConnectionOpen() {
		c.close()
		c.client = paho.NewClient(paho.NewClientOptions().AddBroker("mqtt://" + c.address).SetClientID(string(c.device)).
			SetUsername(string(c.device)).SetAutoReconnect(false).SetConnectTimeout(5 * time.Second).SetWriteTimeout(5 * time.Second))
		if err := finished(ctx, c.client.Connect()); err != nil {
			c.close()
			return err
		}
	}
	if err := finished(ctx, c.client.Publish("devices/"+string(c.device)+"/json", 1, false, payload)); err != nil {
		c.close()
		return err
	}
	if !c.client.IsConnectionOpen() { // tokens of a lost connection are completed too
		c.close()
		return io.ErrUnexpectedEOF
	}
	return nil
}

func finished(ctx context.Context, token paho.Token) error {
	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fmt.Errorf("no answer: %w", context.DeadlineExceeded)
	}
}

func (c *mqttCarrier) close() {
	if c.client != nil {
		c.client.Disconnect(0)
		c.client = nil
	}
}

// messages are fixes of readings in our own form of JSON.
func messages(fixes []live.Fix) []map[string]any {
	all := make([]map[string]any, len(fixes))
	for i, f := range fixes {
		inputs := map[string]float64{}
		for _, in := range f.Inputs {
			inputs[in.Name] = in.Value
		}
		all[i] = map[string]any{"time": f.Time.Format(time.RFC3339), "late": f.Flags&live.Late != 0, "inputs": inputs}
	}
	return all
}
