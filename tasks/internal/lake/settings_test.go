package lake

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"covers/tasks/internal/fault"
)

func TestPinSettings(t *testing.T) {
	zones(t, func(t *testing.T, open func(*testing.T) *Zone) {
		z := open(t)
		pin := func(source string, r Rank, s map[string]string) error {
			return z.PinSettings(t.Context(), source, r, s)
		}
		first := map[string]string{"timezone": "Europe/Paris", "currency": "EUR", "key": "9f86d081"}
		need(t, pin("opentable/101", rank1, first))
		need(t, pin("opentable/101", rank1, first))
		err := pin("opentable/101", rank1, map[string]string{"timezone": "Europe/London", "currency": "EUR", "epoch": "2"})
		wantFault(t, err, fault.Usage, "opentable/101", rank1.String(), `timezone was "Europe/Paris" and is "Europe/London"`,
			`key was "9f86d081" and is not given`, `epoch was not given and is "2"`, "raise the revision")
		if strings.Contains(err.Error(), "currency") {
			t.Errorf("what is equal is named: %v", err)
		}
		// Another rank and another source have settings of their own.
		need(t, pin("opentable/101", Rank{1, 3, 3}, map[string]string{"timezone": "Europe/London"}))
		need(t, pin("opentable/102", rank1, map[string]string{}))
		need(t, pin("opentable/103", rank1, nil))
		need(t, pin("opentable/103", rank1, map[string]string{}))
		wantFault(t, pin("a b", rank1, nil), fault.Usage, "object key")

		// Sixteen race with two opinions: one opinion wins, and all of the other lose.
		var won [2]atomic.Int64
		var g errgroup.Group
		for i := range 16 {
			g.Go(func() error {
				err := pin("thefork/101", rank1, map[string]string{"money_unit": fmt.Sprint(i % 2)})
				if err == nil {
					won[i%2].Add(1)
				} else if fault.KindOf(err) != fault.Usage {
					return err
				}
				return nil
			})
		}
		need(t, g.Wait())
		if a, b := won[0].Load(), won[1].Load(); a+b != 8 || a*b != 0 {
			t.Errorf("%d of one opinion and %d of the other were pinned", a, b)
		}

		spoil(t, z, "_ranks/opentable/101/"+rank1.String()+".json", []byte("{"))
		wantFault(t, pin("opentable/101", rank1, first), fault.Data, z.URL()+"/_ranks/opentable/101/"+rank1.String()+".json")
	})
}
