package tidy

import (
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// What no manifest names goes once the machine's clock says that a week is over. What a manifest names stays, and so does a zone
// that was not given.
func TestRun(t *testing.T) {
	z, err := lake.Open(t.Context(), machine.This(), "mem://"+t.Name())
	wt.Check(t, err)
	defer z.Close()
	r, _ := wt.TwoDays()
	wt.PublishRaw(t, z, 1000, &r)
	orphan := r.ID().String() + "x"
	a := z.Begin(time.Now)
	w, err := a.NewObject("reservation", orphan+"/", "ndjson.zst")
	wt.Check(t, err)
	_, err = w.Write([]byte("left by a killed attempt"))
	wt.Check(t, err)
	_, err = w.Commit(t.Context(), 1, 1)
	wt.Check(t, err)
	o := Options{Zones: lake.Zones{nil, z}, Machine: machine.This()}
	for _, c := range []struct {
		later  time.Duration
		dryRun bool
		want   int64
	}{
		{0, false, 0},
		{spared - time.Hour, false, 0},
		{spared + time.Hour, true, 1},
		{spared + time.Hour, false, 1},
		{spared + time.Hour, false, 0},
	} {
		o.Machine.Now = func() time.Time { return time.Now().Add(c.later) }
		o.DryRun = c.dryRun
		out, err := Run(t.Context(), o)
		wt.Check(t, err)
		if len(out) != 2 || out[0].Any() || out[1].Orphans != c.want {
			t.Errorf("%+v: %+v", c, out)
		}
	}
	if _, err := lake.Read[lake.Reading](t.Context(), z, lake.ManifestKey(r.ID())); err != nil {
		t.Error(err)
	}
}
