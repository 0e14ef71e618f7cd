package lake

import (
	"cmp"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"covers/tasks/internal/fault"
)

// most is how many requests to a store are under way at once: S3 takes some tens of milliseconds for each, however many there
// are, and its client keeps ten connections.
const most = 8

// AtOnce calls do for the numbers from 0 to n-1, eight at a time, and returns what a loop would: the error of the lowest number
// that has one. After an error none is begun.
func AtOnce(n int, do func(i int) error) error {
	errs := make([]error, n)
	var failed atomic.Bool
	var calls errgroup.Group
	calls.SetLimit(most)
	for i := 0; i < n && !failed.Load(); i++ {
		calls.Go(func() error {
			if errs[i] = fault.Guard(func() error { return do(i) }); errs[i] != nil {
				failed.Store(true)
			}
			return nil
		})
	}
	_ = calls.Wait() // the errors are in errs, in their order
	return cmp.Or(errs...)
}
