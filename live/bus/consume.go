package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

const (
	// aheadBatches is how many batches a consumer has fetched before it asks for more.
	aheadBatches = 64
	// ackWait is how long a batch may be worked on before it is given out again,
	// and how long one waits that was given to a server which then ended.
	ackWait = 10 * time.Second
	// retryAfter is the pause after a batch that could not be handled.
	retryAfter = time.Second
)

// Consume gives the batches to handle, in order, as many at a time as have come
// meanwhile, until the context ends. Name keeps the place across restarts: they
// are passed when handle returns nil, and given again after an error, with those
// behind them waiting. A batch may come twice. Servers that consume by one name
// share the batches.
func (b *Bus) Consume(ctx context.Context, name string, handle func(context.Context, []Batch) error) error {
	consumer, err := b.stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: name, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait,
		DeliverPolicy: jetstream.DeliverAllPolicy, MaxAckPending: 4 * aheadBatches,
	})
	if err != nil {
		return unavailable(err, "read the stream of fixes as "+name)
	}
	group, ctx := errgroup.WithContext(ctx)
	come := make(chan delivery, aheadBatches)
	group.Go(func() error {
		return b.follow(ctx, consumer, func(ctx context.Context, d delivery) error {
			select {
			case come <- d:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	group.Go(func() error { return b.handleAll(ctx, name, come, handle) })
	return group.Wait()
}

func (b *Bus) handleAll(ctx context.Context, name string, come <-chan delivery, handle func(context.Context, []Batch) error) error {
	for {
		deliveries, err := waiting(ctx, come)
		if err != nil {
			return err
		}
		batches := make([]Batch, len(deliveries))
		for i, d := range deliveries {
			batches[i] = d.Batch
		}
		for err := handle(ctx, batches); err != nil; err = handle(ctx, batches) {
			b.log.WarnContext(ctx, "fixes wait: they could not be handled", "consumer", name, "sequence", batches[0].Sequence, "error", err)
			if err := errors.Join(each(deliveries, jetstream.Msg.InProgress), sleep(ctx, retryAfter)); err != nil {
				return err
			}
		}
		if err := each(deliveries, jetstream.Msg.Ack); err != nil {
			return unavailable(err, "note what is handled")
		}
	}
}

func each(deliveries []delivery, do func(jetstream.Msg) error) error {
	for _, d := range deliveries {
		if err := do(d.msg); err != nil {
			return err
		}
	}
	return nil
}

// waiting returns the next delivery and those that have come behind it.
func waiting(ctx context.Context, come <-chan delivery) ([]delivery, error) {
	var all []delivery
	select {
	case d := <-come:
		all = append(all, d)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for len(all) < aheadBatches {
		select {
		case d := <-come:
			all = append(all, d)
		default:
			return all, nil
		}
	}
	return all, nil
}

// Passed returns the sequence up to which all batches were handled by those who
// consume by that name, 0 if there is none.
func (b *Bus) Passed(ctx context.Context, name string) (uint64, error) {
	consumer, err := b.stream.Consumer(ctx, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, unavailable(err, "ask what is handled")
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return 0, unavailable(err, "ask what is handled")
	}
	return info.AckFloor.Stream, nil
}

// Follow gives each batch after a sequence to handle, in order, until the
// context ends. It keeps no place: a server that holds its state in memory
// begins where that state was read.
func (b *Bus) Follow(ctx context.Context, after uint64, handle func(context.Context, Batch) error) error {
	consumer, err := b.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1,
	})
	if err != nil {
		return unavailable(err, "follow the stream of fixes")
	}
	return b.follow(ctx, consumer, func(ctx context.Context, d delivery) error { return handle(ctx, d.Batch) })
}

// delivery is a batch and the message that it came in.
type delivery struct {
	Batch

	msg jetstream.Msg
}

// follow reads messages until the context ends or the bus is closed.
func (b *Bus) follow(ctx context.Context, consumer jetstream.Consumer, take func(context.Context, delivery) error) error {
	messages, err := consumer.Messages(jetstream.PullMaxMessages(aheadBatches))
	if err != nil {
		return unavailable(err, "read the stream of fixes")
	}
	stop := context.AfterFunc(ctx, messages.Stop)
	defer stop()
	defer messages.Stop()
	for {
		m, err := messages.Next()
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) {
			return ctx.Err()
		}
		if errors.Is(err, jetstream.ErrNoHeartbeat) {
			continue // the server is away: the connection comes back on its own
		}
		if err != nil {
			return unavailable(err, "read the stream of fixes")
		}
		if err := b.one(ctx, m, take); err != nil {
			return err
		}
	}
}

func (b *Bus) one(ctx context.Context, m jetstream.Msg, take func(context.Context, delivery) error) error {
	meta, err := m.Metadata()
	if err != nil {
		return unavailable(err, "read the stream of fixes")
	}
	fixes, err := decode(m.Data())
	if err != nil {
		// Waiting would not mend it, and would stop all that comes behind.
		b.log.ErrorContext(ctx, "a message in the stream of fixes is passed over", "sequence", meta.Sequence.Stream, "error", err)
		return nil
	}
	return take(ctx, delivery{Batch{Sequence: meta.Sequence.Stream, Fixes: fixes}, m})
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
