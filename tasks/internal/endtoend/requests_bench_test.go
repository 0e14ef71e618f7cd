package endtoend

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// BenchmarkRequests runs a usual day of a few bookings for 3 and for 50 restaurants on S3, where a request takes 25 ms beside the
// store's own work, and prints what each step asks of S3 and where its time goes: until the first request (start), while a
// list was under way, or only other requests, and the rest (own), which is the platform's and the warehouse's time too. A
// chain is the most requests that came one after the other. The requests of extract and validate are those of all sources,
// the times those of the slowest.
//
//	go test -run '^$' -bench Requests -benchtime 1x ./tasks/internal/endtoend
func BenchmarkRequests(b *testing.B) {
	for _, restaurants := range []int{3, 50} {
		b.Run(fmt.Sprint(restaurants), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				day := newMetered(b, restaurants, 60)
				b.StartTimer()
				b.Log("\n" + table(day.usual(b, 25*time.Millisecond)))
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func table(paces []pace) string {
	text := &strings.Builder{}
	line := func(cells ...any) {
		fmt.Fprintf(text, strings.TrimSuffix(strings.Repeat("%-9v ", len(cells)), " ")+"\n", cells...)
	}
	line("step", "runs", "LIST", "GET", "HEAD", "PUT", "DELETE", "all", "chain", "wall ms", "start", "lists", "others", "own")
	for _, p := range paces {
		c := p.calls
		line(p.step, p.runs, c["LIST"], c["GET"], c["HEAD"], c["PUT"], c["DELETE"], p.all(), p.chain, p.wall.Milliseconds(),
			p.start.Milliseconds(), p.lists.Milliseconds(), p.others.Milliseconds(), p.own().Milliseconds())
	}
	return text.String()
}
