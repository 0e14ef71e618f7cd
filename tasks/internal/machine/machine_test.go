package machine

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"
)

func TestTheSameBytesGiveTheSameNamesAndNumbers(t *testing.T) {
	m := This()
	m.Random = bytes.NewReader([]byte{0x0a, 0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	if got := m.Name(2); got != "0a1b" {
		t.Errorf("got the name %s", got)
	}
	if got := m.Float(); got >= 1 || got < 0.999 {
		t.Errorf("got %v of the greatest bytes, want just below 1", got)
	}
}

func TestNumbersAreSpread(t *testing.T) {
	m, sum := This(), 0.0
	const n = 10_000
	for range n {
		f := m.Float()
		if f < 0 || f >= 1 {
			t.Fatalf("got %v", f)
		}
		sum += f
	}
	if mean := sum / n; mean < 0.45 || mean > 0.55 { // more than 17 standard errors
		t.Errorf("got a mean of %v", mean)
	}
}

func TestSleepEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := This().Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
