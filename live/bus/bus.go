// Package bus keeps what devices told between those who listen to them and
// those who need it: batches of fixes in a NATS JetStream stream. A batch that
// Publish has taken is on disk, so a device may forget it. Each consumer gets
// every batch at least once, in the order of publishing, across restarts.
//
// Without settings the NATS server runs inside this program and opens no port.
package bus

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"kvartal"
	"kvartal/live"
)

const (
	streamName = "KVARTAL_LIVE"
	subject    = "kvartal.live.fixes"
	// MaxBatch is the number of fixes that one batch may hold.
	MaxBatch = 500
	// maxMessage bounds an encoded batch, in bytes. It is what a NATS server
	// takes without settings.
	maxMessage = 1 << 20
	// startWithin is how long the embedded server may take to recover its files.
	startWithin = time.Minute
)

// Options say where the bus is and how much it keeps.
type Options struct {
	// Dir is the folder of the embedded server. It is not used with a URL.
	Dir string
	// URL of an external NATS server or cluster, "" for the embedded one. Its
	// operator has to see to it that it syncs to disk before it confirms
	// (sync_interval: always), or that it keeps the stream on several servers.
	URL string
	// Replicas of the stream in an external cluster; 0 is one.
	Replicas int
	// MaxBytes bounds the stream. When it is full, because the recorder has been
	// away for long, Publish refuses, and devices keep what they have to tell.
	MaxBytes int64
	Log      *slog.Logger
}

// Bus is a connection to the stream of fixes. It may be used concurrently.
type Bus struct {
	server *server.Server // nil if the server is another program
	lock   *os.File       // of its folder
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	log    *slog.Logger
}

// Open starts or reaches the server and makes the stream if it is not there.
func Open(ctx context.Context, o Options) (*Bus, error) {
	b := &Bus{log: o.Log}
	if err := b.open(ctx, o); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (b *Bus) open(ctx context.Context, o Options) error {
	if err := b.connect(o); err != nil {
		return err
	}
	var err error
	if b.js, err = jetstream.New(b.conn); err != nil {
		return unavailable(err, "use JetStream")
	}
	b.stream, err = b.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName, Description: "Fixes of moving objects", Subjects: []string{subject},
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew, Storage: jetstream.FileStorage,
		MaxBytes: o.MaxBytes, MaxMsgSize: maxMessage, Replicas: max(1, o.Replicas),
	})
	if err != nil {
		return unavailable(err, "make the stream of fixes")
	}
	return nil
}

func (b *Bus) connect(o Options) error {
	options := []nats.Option{nats.Name("kvartal"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(false)}
	if o.URL == "" {
		var err error
		if b.lock, err = lock(o.Dir); err != nil {
			return err
		}
		if b.server, err = startServer(o); err != nil {
			return err
		}
		options = append(options, nats.InProcessServer(b.server))
	}
	var err error
	if b.conn, err = nats.Connect(o.URL, options...); err != nil {
		return kvartal.Errorf(kvartal.KindUnavailable, "the bus for live objects does not answer: check KVARTAL_BUS_URL and the NATS server there").Because(err)
	}
	return nil
}

// startServer runs a NATS server for this program alone. It confirms a message
// when it is on disk: its default of two minutes between syncs would lose what
// devices were told to forget.
func startServer(o Options) (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName: "kvartal", DontListen: true, NoSigs: true,
		JetStream: true, StoreDir: o.Dir, SyncAlways: true,
		JetStreamMaxStore: o.MaxBytes + o.MaxBytes/4, JetStreamMaxMemory: 64 << 20,
		MaxPayload: maxMessage,
	})
	if err != nil {
		return nil, unavailable(err, "start the bus for live objects")
	}
	s.SetLoggerV2(natsLog{o.Log}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(startWithin) || !s.JetStreamEnabled() {
		s.Shutdown()
		return nil, kvartal.Errorf(kvartal.KindUnavailable, "the bus for live objects does not start: see the log, and whether the disk of %s is full or read-only", o.Dir)
	}
	return s, nil
}

// Close ends the connection, and the server if it is ours. Consumers end too.
func (b *Bus) Close() {
	if b.conn != nil {
		b.conn.Close()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	if b.lock != nil {
		_ = b.lock.Close()
	}
}

// Publish returns when the batch is on disk, at most MaxBatch fixes of it. An
// error of kvartal.KindUnavailable says that it may or may not be: whoever told
// the fixes has to tell them again, and the recorder knows them by their keys.
func (b *Bus) Publish(ctx context.Context, batch []live.Fix) error {
	if len(batch) > MaxBatch {
		return kvartal.Errorf(kvartal.KindTooLarge, "a batch holds %d fixes, at most %d go", len(batch), MaxBatch)
	}
	data, err := encode(batch)
	if err != nil {
		return err
	}
	if len(data) > maxMessage {
		return b.publishHalves(ctx, batch)
	}
	if _, err := b.js.Publish(ctx, subject, data); err != nil {
		return unavailable(err, "keep fixes")
	}
	return nil
}

// publishHalves publishes a batch whose readings are too long for one message.
func (b *Bus) publishHalves(ctx context.Context, batch []live.Fix) error {
	if len(batch) == 1 {
		return kvartal.Errorf(kvartal.KindTooLarge, "a fix of device %q is longer than %d bytes", batch[0].Device, maxMessage)
	}
	half := len(batch) / 2
	if err := b.Publish(ctx, batch[:half]); err != nil {
		return err
	}
	return b.Publish(ctx, batch[half:])
}

// Batch is what was published at once, and its place in the stream.
type Batch struct {
	// Sequence numbers the batches of the stream, rising.
	Sequence uint64
	Fixes    []live.Fix
}

// Forget drops the batches up to a sequence, which nobody will ask for again.
func (b *Bus) Forget(ctx context.Context, through uint64) error {
	if err := b.stream.Purge(ctx, jetstream.WithPurgeSequence(through+1)); err != nil {
		return unavailable(err, "drop what is recorded")
	}
	return nil
}

// Size is the number of batches in the stream and of bytes they take.
type Size struct {
	Messages, Bytes uint64
	Last            uint64 // sequence of the newest
}

// Size returns how much the stream holds.
func (b *Bus) Size(ctx context.Context) (Size, error) {
	info, err := b.stream.Info(ctx)
	if err != nil {
		return Size{}, unavailable(err, "ask the bus")
	}
	return Size{info.State.Msgs, info.State.Bytes, info.State.LastSeq}, nil
}

func unavailable(err error, task string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return kvartal.Errorf(kvartal.KindUnavailable, "cannot %s: the bus for live objects does not answer", task).Because(err)
}
