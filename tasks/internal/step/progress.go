package step

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/schollz/progressbar/v3"
)

// progressEvery is how often a log says how far the work is.
const progressEvery = 10 * time.Second

type progressKey struct{}

// Progress returns a function that tells people how far the work is: how much is done, in units ("records"), of how much in
// all (0 where nobody knows). On a terminal it moves a bar; elsewhere it logs a line "progress", at most one in ten seconds.
// It may be called as often as one likes, from several goroutines. Outside a run it does nothing.
func Progress(ctx context.Context, unit string) func(done, total int64) {
	r, _ := ctx.Value(progressKey{}).(*run)
	log := zerolog.Ctx(ctx)
	switch {
	case r == nil:
		return func(int64, int64) {}
	case r.console.terminal && log.GetLevel() > zerolog.InfoLevel:
		return func(int64, int64) {} // who asks for errors only does not want to see it move
	case r.console.terminal:
		return r.bar(unit)
	}
	now := r.io.Now
	var mu sync.Mutex
	last := now()
	return func(done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		t := now()
		if t.Sub(last) < progressEvery {
			return
		}
		last = t
		e := log.Info().Str("unit", unit).Int64("done", done)
		if total > 0 {
			e = e.Int64("total", total)
		}
		e.Msg("progress")
	}
}

// bar draws a progress bar on stderr.
func (r *run) bar(unit string) func(done, total int64) {
	var mu sync.Mutex
	var bar *progressbar.ProgressBar
	var of int64 // the total that bar shows
	return func(done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		if total <= 0 {
			total = -1
		}
		if bar != nil && bar.IsFinished() && total == of {
			return
		}
		if bar == nil || bar.IsFinished() {
			// A bar that reached its end does not move again, though the work may have grown since.
			of = total
			bar = progressbar.NewOptions64(total,
				progressbar.OptionSetWriter(r.console.out),
				progressbar.OptionSetDescription(unit),
				progressbar.OptionSetItsString(unit),
				progressbar.OptionShowCount(), progressbar.OptionShowIts(),
				progressbar.OptionSetSpinnerChangeInterval(0), // it would draw from a goroutine of its own, over log lines
				progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionUseANSICodes(true), progressbar.OptionClearOnFinish())
		}
		r.console.draw(bar, func() {
			if total != of && total > 0 {
				bar.ChangeMax64(total)
			}
			of = total
			_ = bar.Set64(done)
		})
	}
}
