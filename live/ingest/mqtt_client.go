package ingest

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/url"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"kvartal"
	"kvartal/live/trackers/jsonfix"
)

const (
	// subscribers is how many messages of one broker may wait for the disk.
	subscribers = 64
	// retryKeeping is the pause before a message that was not kept is tried again.
	retryKeeping = time.Second
	// goodbye is how long the end of a connection may take, in milliseconds.
	goodbye = 250
)

// Broker is an MQTT broker of somebody else to which we subscribe: that of a
// LoRaWAN network, of an operator of machines.
type Broker struct {
	// Name is what logs and metrics call it.
	Name string
	// URL is of scheme mqtt, or mqtts for TLS.
	URL                string
	Username, Password string
	// ClientID names our session. The broker keeps messages for it while we are
	// away, so it is to be one that no other client has.
	ClientID string
	// Topics are filters, as in application/+/device/+/event/up.
	Topics []string
	// Messages says how they are read.
	Messages jsonfix.Mapping
}

// Check returns an error of kvartal.KindInvalid if b cannot be reached.
func (b *Broker) Check() error {
	u, err := url.Parse(b.URL)
	switch {
	case err != nil || (u.Scheme != "mqtt" && u.Scheme != "mqtts") || u.Host == "" || u.User != nil:
		return kvartal.Errorf(kvartal.KindInvalid, "the URL of broker %q is not understood: want mqtt:// or mqtts:// and a host", b.Name)
	case len(b.Topics) == 0:
		return kvartal.Errorf(kvartal.KindInvalid, "broker %q is asked for no topic", b.Name)
	}
	return nil
}

// Subscriber takes the messages of a broker: each is acknowledged when it is
// durable, and comes again until then.
type Subscriber struct {
	broker Broker
	intake *Intake
	log    *slog.Logger
	work   chan paho.Message
}

// NewSubscriber returns what subscribes to a broker that has been checked.
func NewSubscriber(b Broker, in *Intake, log *slog.Logger) *Subscriber {
	return &Subscriber{broker: b, intake: in, log: log, work: make(chan paho.Message)}
}

// Run subscribes until the context ends, again whenever the broker was away.
func (s *Subscriber) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range subscribers {
		all.Go(func() { s.takeAll(ctx) })
	}
	client := paho.NewClient(s.options(ctx))
	client.Connect() // tries until it succeeds
	<-ctx.Done()
	client.Disconnect(goodbye)
	return nil
}

func (s *Subscriber) options(ctx context.Context) *paho.ClientOptions {
	topics := map[string]byte{}
	for _, topic := range s.broker.Topics {
		topics[topic] = 1
	}
	take := func(_ paho.Client, m paho.Message) {
		select {
		case s.work <- m:
		case <-ctx.Done():
		}
	}
	return paho.NewClientOptions().AddBroker(s.broker.URL).SetClientID(s.broker.ClientID).
		SetUsername(s.broker.Username).SetPassword(s.broker.Password).
		SetTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12}).
		SetCleanSession(false).SetAutoAckDisabled(true).SetDefaultPublishHandler(take).
		SetConnectRetry(true).SetConnectRetryInterval(5 * time.Second).SetMaxReconnectInterval(time.Minute).
		SetOnConnectHandler(func(client paho.Client) {
			s.log.Info("a broker is reached", "broker", s.broker.Name)
			client.SubscribeMultiple(topics, take)
		}).
		SetConnectionLostHandler(func(_ paho.Client, err error) {
			s.log.Warn("the connection to a broker is lost; it is tried again and again", "broker", s.broker.Name, "error", err)
		})
}

// takeAll takes messages until the context ends.
func (s *Subscriber) takeAll(ctx context.Context) {
	for {
		select {
		case m := <-s.work:
			s.take(ctx, m)
		case <-ctx.Done():
			return
		}
	}
}

// take keeps one message. One that cannot be read would come again for ever, and
// is acknowledged.
func (s *Subscriber) take(ctx context.Context, m paho.Message) {
	fixes, err := s.broker.Messages.Decode(m.Payload())
	if err != nil {
		s.intake.metrics.refused(s.broker.Name, reason(err), 1)
		if s.intake.throttle.Allow() {
			s.log.WarnContext(ctx, "a message of a broker is passed over", "broker", s.broker.Name, "topic", m.Topic(), "error", err)
		}
		m.Ack()
		return
	}
	for {
		if s.intake.Take(ctx, fixes) == nil {
			m.Ack()
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryKeeping):
		}
	}
}
