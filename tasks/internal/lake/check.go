package lake

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/store"
)

// Manifest is what Readings, Results and ProcessedOf read and what an attempt publishes: a description that can be counted again.
type Manifest interface {
	// problems names everything in the manifest that cannot be, each with its place. key is the manifest's own.
	problems(key string) []string
	objects() []Object
	rewritten() *Rewriting
}

var (
	_ Manifest = Reading{}
	_ Manifest = Result{}
	_ Manifest = Processed{}
)

// No count of a day comes near it, and sums of such counts stay within an int64.
const maxCount = 1 << 50

func refuseManifest(action, at, next string, problems []string) error {
	return fault.New(fault.Data, next, "%s manifest %s: %s", action, at, strings.Join(problems, "; "))
}

// checker gathers problems.
type checker struct{ found []string }

func (c *checker) that(ok bool, format string, args ...any) {
	if !ok {
		c.found = append(c.found, fmt.Sprintf(format, args...))
	}
}

// count refuses a number that cannot be a count, and reports whether it can.
func (c *checker) count(where string, n int64) bool {
	ok := n >= 0 && n <= maxCount
	c.that(ok, "%s: %d cannot be a count", where, n)
	return ok
}

// rewriting checks what a manifest says of having been stored again.
func (c *checker) rewriting(r *Rewriting, prefix string) {
	if r == nil {
		return
	}
	c.that(isHex(r.First, 64), "rewritten.first is not 64 hexadecimal digits")
	c.that(!r.At.IsZero(), "rewritten.at is missing")
	c.count("rewritten.rows", r.Rows)
	for i, key := range r.Replaced {
		c.that(store.CheckKey(key) == nil && strings.HasPrefix(key, prefix) && isObjectKey(key),
			"rewritten.replaced[%d]: not an object of the manifest's", i)
	}
}

// list checks objects and returns the records in them by kind.
func (c *checker) list(objects []Object, prefix string, kinds ...string) map[string]int64 {
	sum := map[string]int64{}
	seen := map[string]bool{}
	for i, o := range objects {
		where := fmt.Sprintf("objects[%d]", i)
		c.that(slices.Contains(kinds, o.Kind), "%s: kind %q does not belong here", where, o.Kind)
		base := path.Base(o.Key)
		c.that(isHex(o.SHA256, 64), "%s: sha256 is not 64 hexadecimal digits", where)
		c.that(store.CheckKey(o.Key) == nil && strings.HasPrefix(o.Key, prefix) &&
			strings.HasPrefix(base, o.Kind+"-"+o.SHA256+"."),
			"%s: key is not %s…%s-<sha256>.<ext>", where, prefix, o.Kind)
		c.that(!seen[o.Key], "%s: the object is named twice", where)
		seen[o.Key] = true
		c.count(where+".bytes", o.Bytes)
		if c.count(where+".records", o.Records) {
			sum[o.Kind] += o.Records
			// Sums past the limit are wrong already: stop before they overflow.
			c.that(sum[o.Kind] <= maxCount, "%s: more records than can be", where)
			sum[o.Kind] = min(sum[o.Kind], maxCount+1)
		}
	}
	return sum
}

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}

func isDay(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Format(time.DateOnly) == s
}
