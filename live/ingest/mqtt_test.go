package ingest_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"

	"kvartal/live/ingest"
	"kvartal/live/trackers/jsonfix"
)

const patience = 20 * time.Second

// mqttPort serves devices by MQTT and returns the address.
func mqttPort(t *testing.T, c ingest.Config) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, func(ctx context.Context) error {
		return ingestListeners(c).ServeMQTT(ctx, listener, ingest.NewForms(nil))
	})
	return listener.Addr().String()
}

// connect returns a client of the device, not connected again if it is cut off.
func connect(t *testing.T, address, device, password string) (paho.Client, error) {
	t.Helper()
	client := paho.NewClient(paho.NewClientOptions().AddBroker("mqtt://" + address).SetClientID("client").
		SetUsername(device).SetPassword(password).SetAutoReconnect(false).SetProtocolVersion(4)) // else it tries 3.1, too
	token := client.Connect()
	if !token.WaitTimeout(patience) {
		t.Fatal("the broker does not answer")
	}
	t.Cleanup(func() { client.Disconnect(0) })
	return client, token.Error()
}

func connected(t *testing.T, address, device, password string) paho.Client {
	t.Helper()
	client, err := connect(t, address, device, password)
	if err != nil {
		t.Fatalf("Connect = %v", err)
	}
	return client
}

func TestMQTTIsAcknowledgedWhenItIsDurable(t *testing.T) {
	t.Parallel()
	for _, qos := range []byte{1, 2} {
		k := &kept{gate: make(chan struct{})}
		client := connected(t, mqttPort(t, ingest.Config{Keep: k.keep}), "bin-7", "")
		token := client.Publish("devices/bin-7/json", qos, false, `{"time":1768458600,"inputs":{"fill":71}}`)
		if token.WaitTimeout(100 * time.Millisecond) {
			t.Fatalf("QoS %d: a message was acknowledged before it was durable", qos)
		}
		close(k.gate)
		if !token.WaitTimeout(patience) || token.Error() != nil {
			t.Fatalf("QoS %d: Publish = %v, want an acknowledgement", qos, token.Error())
		}
		if all := k.all(); len(all) != 1 || all[0].Device != "bin-7" || all[0].Received.IsZero() || all[0].Inputs[0].Value != 71 {
			t.Errorf("QoS %d: kept %+v, want the one message", qos, all)
		}
	}
}

func TestMQTTIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct{ topic, payload string }{
		"not kept":       {"devices/bin-7/json", `{"time":1}`},
		"another device": {"devices/bin-7/json", `{"device":"bin-8"}`},
		"other topic":    {"devices/bin-8/json", `{"time":1}`},
		"other form":     {"devices/bin-7/xml", `<fix/>`},
		"garbage":        {"devices/bin-7/json", "\x00\xff{"},
		"too long":       {"devices/bin-7/json", strings.Repeat(" ", 300<<10) + `{"time":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &kept{}
			if name == "not kept" {
				k.err = errors.New("disk full")
			}
			client := connected(t, mqttPort(t, ingest.Config{Keep: k.keep}), "bin-7", "")
			token := client.Publish(try.topic, 1, false, try.payload)
			for deadline := time.After(patience); client.IsConnected(); {
				select {
				case <-token.Done():
				case <-deadline:
					t.Fatal("the connection was not ended")
				case <-time.After(time.Millisecond):
				}
				if token.WaitTimeout(0) && token.Error() == nil && client.IsConnected() {
					t.Fatalf("%s %q was acknowledged", try.topic, try.payload[:min(len(try.payload), 40)])
				}
			}
			if len(k.all()) > 0 {
				t.Errorf("kept %+v, want nothing", k.all())
			}
		})
	}
}

func TestMQTTWithPasswords(t *testing.T) {
	t.Parallel()
	k := &kept{}
	address := mqttPort(t, ingest.Config{Keep: k.keep, Guard: passwords{"bin-7": "secret"}})
	if _, err := connect(t, address, "bin-7", "guess"); err == nil {
		t.Error("a wrong password was let in")
	}
	if _, err := connect(t, address, "+/#", ""); err == nil {
		t.Error("a name that matches topics of all was let in")
	}
	mine := connected(t, address, "bin-7", "secret")
	connected(t, address, "bin-8", "") // of the same client id
	token := mine.Publish("devices/bin-7/json", 1, false, `{"time":1768458600}`)
	if !token.WaitTimeout(patience) || token.Error() != nil {
		t.Errorf("Publish = %v: another device of the same client id has ended the session", token.Error())
	}
	const refused = 0x80 // MQTT 3.1.1, section 3.9.3
	subscribed, ok := mine.Subscribe("#", 1, nil).(*paho.SubscribeToken)
	if !ok || !subscribed.WaitTimeout(patience) || subscribed.Result()["#"] != refused {
		t.Errorf("Subscribe(#) = %v: a device could subscribe to what others tell", subscribed.Result())
	}
}

func TestMQTTGarbageIsCutOff(t *testing.T) {
	t.Parallel()
	k := &kept{}
	conn := dial(t, "tcp", mqttPort(t, ingest.Config{Keep: k.keep}))
	say(t, conn, []byte("GET / HTTP/1.1\r\n\r\n"))
	if _, err := io.ReadAll(conn); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("read = %v, want the end of the connection", err)
	}
}

// elsewhere is a broker of somebody else.
func elsewhere(t *testing.T) (server *mqtt.Server, url string) {
	t.Helper()
	server = mqtt.New(&mqtt.Options{Logger: slog.New(slog.DiscardHandler), InlineClient: true})
	if err := server.AddHook(new(auth.AllowHook), nil); err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := server.AddListener(listeners.NewNet("net", listener)); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server, "mqtt://" + listener.Addr().String()
}

const uplink = `{"time":"2026-01-15T06:30:00+00:00","deviceInfo":{"devEui":"24e124136b000001"},"object":{"temperature":-12}}`

// A subscriber that ends before a message is durable gets it again.
func TestAForeignBrokerKeepsWhatIsNotDurable(t *testing.T) {
	t.Parallel()
	server, url := elsewhere(t)
	broker := ingest.Broker{Name: "lora", URL: url, ClientID: "kvartal", Topics: []string{"application/+/device/+/event/up"}, Messages: jsonfix.ChirpStack()}
	run := func(k *kept) (end func()) {
		ctx, cancel := context.WithCancel(t.Context())
		log := slog.New(slog.DiscardHandler)
		s := ingest.NewSubscriber(broker, ingest.NewIntake(k.keep, ingest.NewMetrics(nil), log), log)
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		return func() { cancel(); <-ended }
	}
	await := func(what string, holds func() bool) {
		t.Helper()
		for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("waited in vain: %s", what)
			}
		}
	}
	tried := make(chan struct{}, 100)
	end := run(&kept{err: errors.New("disk full"), tried: tried})
	await("a subscription", func() bool {
		client, ok := server.Clients.Get("kvartal")
		return ok && len(client.State.Subscriptions.GetAll()) == 1
	})
	for _, payload := range []string{uplink, "garbage"} {
		if err := server.Publish("application/1/device/24e124136b000001/event/up", []byte(payload), false, 1); err != nil {
			t.Fatal(err)
		}
	}
	<-tried
	end()
	k := &kept{}
	defer run(k)()
	await("the message again", func() bool { return len(k.all()) > 0 })
	if f := k.all()[0]; f.Device != "24e124136b000001" || f.Source != "chirpstack" {
		t.Errorf("kept %+v, want the uplink", f)
	}
}
