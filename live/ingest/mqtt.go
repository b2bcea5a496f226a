package ingest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
	"kvartal/live/trackers/jsonfix"
)

// MQTT is what settings and metrics call it.
const MQTT = "mqtt"

const (
	// topicRoot is the first level of the topics that devices publish to:
	// devices/{device}/{form}.
	topicRoot = "devices"
	// maxPacket is the longest MQTT packet, in bytes.
	maxPacket = 256 << 10
	// inflight is how many messages a device may send before it is answered.
	inflight = 64
)

// broker is an MQTT server (3.1, 3.1.1 and 5) that devices tell their fixes to.
// A message is acknowledged when its fixes are durable: PUBACK of QoS 1, PUBREC
// of QoS 2. Nobody can subscribe to anything; nothing is retained.
type broker struct {
	mqtt.HookBase
	*Listeners

	server *mqtt.Server
	forms  Forms
	ending context.Context //nolint:containedctx // of hooks, which get none
}

// ServeMQTT takes connections of devices that speak MQTT until the context ends.
// A device names itself as user, or else as client, and may publish to
// devices/{its name}/{form} alone, with form one of those that are JSON.
func (l *Listeners) ServeMQTT(ctx context.Context, listener net.Listener, forms Forms) error {
	capabilities := mqtt.NewDefaultServerCapabilities()
	capabilities.MaximumPacketSize = maxPacket
	capabilities.ReceiveMaximum, capabilities.MaximumInflight = inflight, inflight
	capabilities.MaximumSessionExpiryInterval = 0
	capabilities.RetainAvailable, capabilities.SharedSubAvailable = 0, 0
	b := &broker{Listeners: l, forms: forms, ending: ctx}
	b.server = mqtt.New(&mqtt.Options{Capabilities: capabilities, Logger: slog.New(slog.DiscardHandler)})
	if err := b.server.AddHook(b, nil); err != nil {
		return kvartal.Errorf(kvartal.KindInternal, "start the MQTT broker").Because(err)
	}
	if err := b.server.Serve(); err != nil {
		return kvartal.Errorf(kvartal.KindInternal, "start the MQTT broker").Because(err)
	}
	defer func() { _ = b.server.Close() }()
	return l.accept(ctx, Protocol{Name: MQTT}, listener, b.converse)
}

func (b *broker) converse(ctx context.Context, p Protocol, conn net.Conn) {
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer func() { _ = conn.Close() }()
	// What OnACLCheck does not authorise it has told of.
	if err := b.server.EstablishConnection(p.Name, conn); err != nil && ctx.Err() == nil && quiet(err) != nil && !errors.Is(err, packets.ErrNotAuthorized) {
		b.refuse("a conversation with a device was ended", p, conn.RemoteAddr(), err, reason(cause(err)))
	}
}

// cause gives the errors of the protocol kinds of ours.
func cause(err error) error {
	switch {
	case errors.Is(err, packets.ErrBadUsernameOrPassword):
		return kvartal.Errorf(kvartal.KindForbidden, "not admitted").Because(err)
	case kvartal.KindOf(err) == kvartal.KindInternal:
		return kvartal.Errorf(kvartal.KindInvalid, "not understood").Because(err)
	}
	return err
}

// ID implements mqtt.Hook.
func (*broker) ID() string { return "kvartal" }

// Provides implements mqtt.Hook.
func (*broker) Provides(hook byte) bool {
	switch hook {
	case mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPublish:
		return true
	}
	return false
}

// OnConnect names the session after its device, so that no device ends that of
// another by its client id, and lets none outlive its connection.
func (*broker) OnConnect(client *mqtt.Client, _ packets.Packet) error {
	if len(client.Properties.Username) == 0 {
		client.Properties.Username = []byte(client.ID)
	}
	client.ID = string(client.Properties.Username) + "/" + client.ID
	client.Properties.Clean = true
	client.Properties.Will = mqtt.Will{}
	if longest := uint16(idle / time.Second); client.State.Keepalive == 0 || client.State.Keepalive > longest {
		client.State.Keepalive = longest
	}
	return nil
}

// OnConnectAuthenticate asks the guard.
func (b *broker) OnConnectAuthenticate(client *mqtt.Client, pk packets.Packet) bool {
	device := deviceOf(client)
	if (&live.Fix{Device: device, Flags: live.NoPosition}).Sound() != nil || strings.ContainsAny(string(device), "/+#") {
		return false
	}
	return b.config.Guard.Admit(b.ending, trackers.Login{Device: device, Password: string(pk.Connect.Password)}) == nil
}

func deviceOf(client *mqtt.Client) live.DeviceID { return live.DeviceID(client.Properties.Username) }

// OnACLCheck lets a device write to its own topics.
func (b *broker) OnACLCheck(client *mqtt.Client, topic string, write bool) bool {
	_, known := b.messages(client, topic)
	if !known {
		err := kvartal.Errorf(kvartal.KindForbidden, "device %.80q may publish to its own topics and in forms that are known, not use %.80q", deviceOf(client), topic)
		b.refuse("a topic was refused", Protocol{Name: MQTT}, remote(client), err, "topic")
	}
	return known && write
}

// messages returns the mapping of what the client publishes to a topic.
func (b *broker) messages(client *mqtt.Client, topic string) (jsonfix.Mapping, bool) {
	rest, ours := strings.CutPrefix(topic, topicRoot+"/"+string(deviceOf(client))+"/")
	mapping, known := b.forms.Messages(rest)
	return mapping.Of(deviceOf(client)), ours && known
}

// OnPublish keeps what a device tells before it is answered. What cannot be kept
// is not answered: the connection ends, and the device tells it again.
func (b *broker) OnPublish(client *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	mapping, _ := b.messages(client, pk.TopicName)
	fixes, err := mapping.Decode(pk.Payload)
	if err == nil {
		err = b.keep(fixes)
	}
	if err == nil {
		return pk, nil
	}
	client.Stop(err)
	b.refuse("a message of a device was not taken", Protocol{Name: MQTT}, remote(client), err, reason(err))
	return pk, packets.ErrRejectPacket
}

func (b *broker) keep(fixes []live.Fix) error {
	received := b.config.Now().UTC().Truncate(time.Microsecond)
	for i := range fixes {
		fixes[i].Received = received
	}
	ctx, cancel := context.WithTimeout(b.ending, keepWithin)
	defer cancel()
	return b.config.Keep(ctx, fixes)
}

func remote(client *mqtt.Client) net.Addr {
	if client.Net.Conn != nil {
		return client.Net.Conn.RemoteAddr()
	}
	return &net.TCPAddr{}
}
