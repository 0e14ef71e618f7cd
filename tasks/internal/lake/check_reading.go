package lake

import (
	"cmp"
	"maps"
	"slices"
)

func (r Reading) objects() []Object { return slices.Concat(r.Objects, r.RequestLog) }

func (r Reading) rewritten() *Rewriting { return r.Rewritten }

func (r Reading) problems(key string) []string {
	c := &checker{}
	id := ReadingID{Source: r.Source, Day: r.Day, By: r.By}
	parsed, err := ParseReadingID(r.Reading)
	id.Name = parsed.Name
	c.that(err == nil && parsed == id && ManifestKey(parsed) == key,
		"reading %q does not fit source, day, by and the manifest's key", r.Reading)
	c.that(!r.StartedAt.IsZero() && !r.FinishedAt.Before(r.StartedAt), "finished_at is before started_at, or one is missing")
	c.that(r.Sweeps >= 1, "sweeps: %d, at least 1 was needed", r.Sweeps)
	c.count("requests", r.Requests)
	c.that(len(r.Counts) > 0, "counts are missing")
	kinds := slices.Sorted(maps.Keys(r.Counts))
	sum := c.list(r.Objects, ReadingPrefix(parsed), kinds...)
	for _, kind := range kinds {
		n, where := r.Counts[kind], "counts."+kind
		if c.count(where+".listed", n.Listed) && c.count(where+".received", n.Received) &&
			c.count(where+".repeated", n.Repeated) && c.count(where+".gone", n.Gone) && c.count(where+".absent", n.Absent) &&
			c.count(where+".unread", n.Unread) {
			c.that(n.Listed == n.Received+n.Repeated+n.Gone+n.Absent+n.Unread,
				"%s: listed %d is not received %d + repeated %d + gone %d + absent %d + unread %d",
				where, n.Listed, n.Received, n.Repeated, n.Gone, n.Absent, n.Unread)
			c.that(sum[kind] == n.Received+n.Absent+n.Unread,
				"%s: received %d + absent %d + unread %d, its objects have %d records", where,
				n.Received, n.Absent, n.Unread, sum[kind])
		}
		c.lines(kind, r.Objects)
	}
	c.requestLog(r, ReadingPrefix(parsed))
	c.rewriting(r.Rewritten, ReadingPrefix(parsed))
	return c.found
}

// requestLog checks that there is a line for each request, where there is a log.
func (c *checker) requestLog(r Reading, prefix string) {
	if c.count("token_requests", r.TokenRequests) && len(r.RequestLog) > 0 {
		lines := c.list(r.RequestLog, prefix, KindRequest)[KindRequest]
		c.that(lines == r.Requests+r.TokenRequests, "request_log: %d lines for %d requests and %d token requests", lines,
			r.Requests, r.TokenRequests)
		c.lines(KindRequest, r.RequestLog)
	}
}

// lines makes sure that the lines of a kind are numbered from 1 on, through its objects, without gap or overlap.
func (c *checker) lines(kind string, objects []Object) {
	var of []Object
	for _, o := range objects {
		if o.Kind == kind {
			of = append(of, o)
		}
	}
	slices.SortStableFunc(of, func(a, b Object) int { return cmp.Compare(a.FirstLine, b.FirstLine) })
	next := int64(1)
	for _, o := range of {
		if o.FirstLine != next {
			c.that(false, "object %s: first_line is %d, want %d", o.Key, o.FirstLine, next)
			return
		}
		next += o.Records
	}
}
