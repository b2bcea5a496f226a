package tiles

import (
	"context"
	"errors"
	"testing"
)

func TestAReaderGetsWhatItHasNotSeen(t *testing.T) {
	t.Parallel()
	feed := NewFeed()
	got := make(chan []Batch)
	go func() {
		batches, _, err := feed.After(t.Context(), 0)
		if err != nil {
			t.Error(err)
		}
		got <- batches
	}()
	feed.Publish(Batch{At: 1})
	if batches := <-got; len(batches) != 1 || batches[0].At != 1 {
		t.Errorf("After(0) = %v, want batch 1", batches)
	}
	feed.Publish(Batch{At: 2})
	feed.Publish(Batch{At: 3})
	if batches, missed, err := feed.After(t.Context(), 1); err != nil || missed || len(batches) != 2 || batches[0].At != 2 {
		t.Errorf("After(1) = %v, %v, %v, want batches 2 and 3", batches, missed, err)
	}
}

func TestAReaderThatWasAwayTooLongIsTold(t *testing.T) {
	t.Parallel()
	feed := NewFeed()
	for at := range Moment(feedSize + 10) {
		feed.Publish(Batch{At: at + 1})
	}
	if _, missed, err := feed.After(t.Context(), 5); err != nil || !missed {
		t.Errorf("After(5) = missed %v, %v, want true", missed, err)
	}
	if batches, missed, err := feed.After(t.Context(), 10); err != nil || missed || len(batches) != feedSize {
		t.Errorf("After(10) = %d batches, missed %v, %v, want all that are kept", len(batches), missed, err)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := NewFeed().After(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("After = %v, want %v", err, context.Canceled)
	}
}
