package basemap

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// ordered calls work for each item, several at a time, and take with each
// result in the order of the items, one at a time. Only a few results wait at
// any moment. It returns the first error.
func ordered[Item, Result any](
	ctx context.Context, workers int, items []Item,
	work func(context.Context, Item) (Result, error),
	take func(context.Context, Result) error,
) error {
	type job struct {
		item   Item
		result chan Result
	}
	group, ctx := errgroup.WithContext(ctx)
	jobs := make(chan job)
	queue := make(chan job, workers) // the order to take results in
	group.Go(func() error {
		defer close(jobs)
		defer close(queue)
		for _, item := range items {
			j := job{item, make(chan Result, 1)}
			for _, c := range [2]chan job{queue, jobs} {
				select {
				case c <- j:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		return nil
	})
	for range workers {
		group.Go(func() error {
			for j := range jobs {
				r, err := work(ctx, j.item)
				if err != nil {
					return err
				}
				j.result <- r
			}
			return nil
		})
	}
	group.Go(func() error {
		for j := range queue {
			select {
			case r := <-j.result:
				if err := take(ctx, r); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return group.Wait()
}
