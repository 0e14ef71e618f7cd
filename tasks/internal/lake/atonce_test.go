package lake

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Each number is called once, and as many are under way as the bound allows.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 2*most + 3
		var mu sync.Mutex
		var called []int
		end := make(chan struct{})
		done := make(chan error)
		go func() {
			done <- AtOnce(n, func(i int) error {
				mu.Lock()
				called = append(called, i)
				mu.Unlock()
				<-end
				return nil
			})
		}()
		synctest.Wait()
		if len(called) != most {
			t.Errorf("%d at once, want %d", len(called), most)
		}
		close(end)
		if err := <-done; err != nil {
			t.Error(err)
		}
		slices.Sort(called)
		for i := range n {
			if len(called) != n || called[i] != i {
				t.Fatalf("called %v, want 0 to %d", called, n-1)
			}
		}
	})
}

// The error is the one that a loop would have met, though a later one came first; and after that one none is begun but the one
// that was waiting for its turn.
func TestAtOnceFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var called atomic.Int64
		end := make(chan struct{})
		done := make(chan error)
		go func() {
			done <- AtOnce(1000, func(i int) error {
				called.Add(1)
				if i == 4 {
					return errors.New("number 4")
				}
				<-end
				if i == 2 {
					return errors.New("number 2")
				}
				return nil
			})
		}()
		synctest.Wait()
		if n := called.Load(); n > most+1 {
			t.Errorf("%d were called", n)
		}
		close(end)
		if err := <-done; err == nil || err.Error() != "number 2" {
			t.Errorf("the error is %v", err)
		}
		if n := called.Load(); n > most+1 {
			t.Errorf("%d were called", n)
		}
	})
	if err := AtOnce(0, func(int) error { return errors.New("called") }); err != nil {
		t.Error(err)
	}
}
