package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"covers/tasks/internal/fault"
)

// The contract of a zone, the same for all of them.
func TestZone(t *testing.T) {
	zones(t, func(t *testing.T, open func(*testing.T) *Zone) {
		for name, test := range map[string]func(*testing.T, *Zone){
			"one of sixteen racing writers wins": racingWriters,
			"a slow writer shows nothing":        slowWriter,
			"a failing body leaves nothing":      failingBody,
			"a cancelled create leaves nothing":  cancelledCreate,
			"a taken key stays as it is":         takenKey,
			"a page is replaced whole":           replacedPage,
			"listing":                            listing,
			"listing of more than a page":        longListing,
			"folders":                            folders,
			"deleting":                           deleting,
			"keys":                               oddKeys,
			"reading whole":                      readingWhole,
			"two openings are one zone":          reopened,
		} {
			t.Run(name, func(t *testing.T) { test(t, open(t)) })
		}
	})
}

func racingWriters(t *testing.T, z *Zone) {
	const key, writers, size = "a/b/manifest.json", 16, 300_000
	ctx, done := context.WithCancel(t.Context())
	content := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, size) }
	var readers errgroup.Group
	for range 4 {
		readers.Go(func() error {
			for ctx.Err() == nil {
				got, err := z.ReadAll(t.Context(), key, 1<<20)
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				if err != nil {
					return err
				}
				if len(got) != size || !bytes.Equal(got, content(int(got[0]-'a'))) {
					return fmt.Errorf("a reader saw %d bytes, not one writer's whole", len(got))
				}
			}
			return nil
		})
	}
	var mu sync.Mutex
	var won []int
	var race errgroup.Group
	start := make(chan struct{})
	for i := range writers {
		race.Go(func() error {
			<-start
			err := z.Create(t.Context(), key, bytes.NewReader(content(i)))
			if errors.Is(err, ErrExists) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			won = append(won, i)
			return err
		})
	}
	close(start)
	need(t, race.Wait())
	done()
	need(t, readers.Wait())
	if len(won) != 1 {
		t.Fatalf("writers %v won", won)
	}
	got, err := z.ReadAll(t.Context(), key, size)
	need(t, err)
	if !bytes.Equal(got, content(won[0])) {
		t.Error("what is there is not the winner's")
	}
	if got := keys(t, z, ""); !slices.Equal(got, []string{key}) {
		t.Errorf("the zone holds %v", got)
	}
}

func slowWriter(t *testing.T, z *Zone) {
	const size = 1 << 20
	half, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	slow := newBody(size, func(offset int64) error {
		if offset >= size/2 {
			once.Do(func() { close(half); <-goOn })
		}
		return nil
	})
	var g errgroup.Group
	g.Go(func() error { return z.Create(t.Context(), "a/slow", slow) })
	<-half
	wantMissing(t, z, "a/slow")
	if got := keys(t, z, ""); len(got) > 0 {
		t.Errorf("half an object is listed: %v", got)
	}
	close(goOn)
	need(t, g.Wait())
	got, err := z.ReadAll(t.Context(), "a/slow", size)
	need(t, err)
	if len(got) != size {
		t.Errorf("%d bytes", len(got))
	}
}

func failingBody(t *testing.T, z *Zone) {
	ownTemp(t)
	err := z.Create(t.Context(), "a/b", newBody(1<<20, func(offset int64) error {
		if offset >= 1<<19 {
			return errBoom
		}
		return nil
	}))
	if !errors.Is(err, errBoom) {
		t.Errorf("want the body's own error, got %v", err)
	}
	wantMissing(t, z, "a/b")
	if got := append(keys(t, z, ""), leftovers(t, z)...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func cancelledCreate(t *testing.T, z *Zone) {
	ownTemp(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := z.Create(ctx, "a/b", newBody(1<<20, func(offset int64) error {
		if offset >= 1<<19 {
			cancel()
		}
		return nil
	}))
	wantFault(t, err, fault.Stopped, z.URL()+"/a/b")
	wantMissing(t, z, "a/b")
	if got := append(keys(t, z, ""), leftovers(t, z)...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func takenKey(t *testing.T, z *Zone) {
	need(t, z.Create(t.Context(), "a/b", strings.NewReader("first")))
	// The same bytes are no exception: whoever wins must be one.
	for _, text := range []string{"second", "first"} {
		err := z.Create(t.Context(), "a/b", strings.NewReader(text))
		if !errors.Is(err, ErrExists) {
			t.Errorf("want ErrExists, got %v", err)
		}
	}
	got, err := z.ReadAll(t.Context(), "a/b", 100)
	need(t, err)
	if string(got) != "first" {
		t.Errorf("now it holds %q", got)
	}
}

// replacedPage: pages alone may change, and who reads one meanwhile sees the old one or the new one.
func replacedPage(t *testing.T, z *Zone) {
	const key, size = PagePrefix + "2026-03-27..2026-03-29.html", 300_000
	need(t, z.PutPage(t.Context(), key, bytes.Repeat([]byte("0"), size)))
	ctx, done := context.WithCancel(t.Context())
	var readers errgroup.Group
	for range 2 {
		readers.Go(func() error {
			for ctx.Err() == nil {
				got, err := z.ReadAll(t.Context(), key, 1<<20)
				if err != nil {
					return err
				}
				if len(got) != size || !bytes.Equal(got, bytes.Repeat(got[:1], size)) {
					return fmt.Errorf("a reader saw %d bytes, not one page whole", len(got))
				}
			}
			return nil
		})
	}
	for i := range 9 {
		need(t, z.PutPage(t.Context(), key, bytes.Repeat([]byte{byte('1' + i)}, size)))
	}
	done()
	need(t, readers.Wait())
	if got, err := z.ReadAll(t.Context(), key, size); err != nil || got[0] != '9' {
		t.Errorf("%v: the last page is not there: %q", err, got[:1])
	}
	wantFault(t, z.PutPage(t.Context(), "2026-03-27/manifest.json", nil), fault.Defect, "only pages")
	wantMissing(t, z, "2026-03-27/manifest.json")
	wantFault(t, z.PutPage(t.Context(), PagePrefix+"../x.html", nil), fault.Usage, "begins with a dot")
}

func listing(t *testing.T, z *Zone) {
	// Stored in no order; the order of folders, a/c before a-b, is not the order of keys.
	all := []string{"a-b", "a.b", "a/c", "a/c-d/e", "a/c/d", "a/c0", "a0/x", "b/x=1/y", "b/x=10/y", "c"}
	all = slices.DeleteFunc(all, func(k string) bool { return k == "a/c" }) // a file is no folder
	before := time.Now()
	for i := range all {
		key := all[(i*7)%len(all)]
		need(t, z.Create(t.Context(), key, strings.NewReader(key)))
	}
	after := time.Now()
	for prefix, want := range map[string][]string{
		"":       all,
		"a":      all[:6],
		"a/":     {"a/c-d/e", "a/c/d", "a/c0"},
		"a/c":    {"a/c-d/e", "a/c/d", "a/c0"},
		"a/c/":   {"a/c/d"},
		"b/x=1":  {"b/x=1/y", "b/x=10/y"},
		"b/x=1/": {"b/x=1/y"},
		"d/":     {},
		"c/":     {},
	} {
		if diff := cmp.Diff(want, keys(t, z, prefix)); diff != "" {
			t.Errorf("prefix %q: %s", prefix, diff)
		}
	}
	for e, err := range z.List(t.Context(), "a") {
		need(t, err)
		// A second either way: stores keep whole seconds, and a file system's clock ticks coarsely.
		if e.Size != int64(len(e.Key)) || e.ModTime.Before(before.Add(-time.Second)) || e.ModTime.After(after.Add(time.Second)) {
			t.Errorf("%+v, want size %d and a time from %s to %s", e, len(e.Key), before, after)
		}
		one, err := z.Stat(t.Context(), e.Key)
		need(t, err)
		if one.Key != e.Key || one.Size != e.Size || !one.ModTime.Truncate(time.Second).Equal(e.ModTime.Truncate(time.Second)) {
			t.Errorf("Stat gives %+v, List %+v", one, e)
		}
		break // a reader may stop
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range z.List(ctx, "") {
		wantFault(t, err, fault.Stopped, "list "+z.URL())
	}
}

// Stores give a thousand keys a page.
func longListing(t *testing.T, z *Zone) {
	var want []string
	var g errgroup.Group
	g.SetLimit(8)
	for i := range 1030 {
		key := fmt.Sprintf("a/%04d", i)
		if i%10 == 9 {
			key = fmt.Sprintf("a/%04d/x", i-1) + "-"
			key = strings.Replace(key, "/x-", "-x", 1) // beside "a/0008", in order after it
		}
		want = append(want, key)
		g.Go(func() error { return z.Create(t.Context(), key, strings.NewReader("")) })
	}
	need(t, g.Wait())
	slices.Sort(want)
	if diff := cmp.Diff(want, keys(t, z, "a/")); diff != "" {
		t.Error(diff)
	}
}

func folders(t *testing.T, z *Zone) {
	for _, key := range []string{"opentable/101/2026-03-27/x", "opentable/102/2026-03-27/x", "thefork/101/2026-03-27/x",
		"thefork/101/2026-03-28/x", "thefork/x", "_ranks/x"} {
		need(t, z.Create(t.Context(), key, strings.NewReader("")))
	}
	for prefix, want := range map[string][]string{
		"":             {"_ranks", "opentable", "thefork"},
		"opentable/":   {"101", "102"},
		"thefork/":     {"101"},
		"thefork/101/": {"2026-03-27", "2026-03-28"},
		"nothing/":     nil,
	} {
		got, err := z.Folders(t.Context(), prefix)
		need(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", prefix, diff)
		}
	}
	_, err := z.Folders(t.Context(), "thefork")
	wantFault(t, err, fault.Defect)
}

func deleting(t *testing.T, z *Zone) {
	need(t, z.Create(t.Context(), "a/b", strings.NewReader("x")))
	need(t, z.Delete(t.Context(), "a/b"))
	wantMissing(t, z, "a/b")
	need(t, z.Delete(t.Context(), "a/b"))
	need(t, z.Delete(t.Context(), "never/was"))
	need(t, z.Create(t.Context(), "a/b", strings.NewReader("y")))
	if _, err := z.Stat(t.Context(), "a/c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want a missing object, got %v", err)
	}
	// A folder is no object.
	wantMissing(t, z, "a")
}

func oddKeys(t *testing.T, z *Zone) {
	ctx := t.Context()
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".tmp/a", "a/.hidden",
		"-a", "a b", "a\nb", "a\x00b", "é",
		"a\\b", "a?b", "a*b", "a:b", "a%2fb", "a+b", "a.attrs", "a.attrs/b", "\xff", strings.Repeat("a",
			201), strings.Repeat("a/", 351) + "a",
	} {
		wantFault(t, z.Create(ctx, key, strings.NewReader("x")), fault.Usage, "object key")
		_, err := z.Open(ctx, key)
		wantFault(t, err, fault.Usage, "object key")
		_, err = z.Stat(ctx, key)
		wantFault(t, err, fault.Usage, "object key")
		wantFault(t, z.Delete(ctx, key), fault.Usage, "object key")
		_, err = z.Begin(fixed(began)).Publish(ctx, key, table{})
		wantFault(t, err, fault.Usage, "object key")
		_, err = z.OpenObject(ctx, Object{Key: key})
		wantFault(t, err, fault.Usage, "object key")
	}
	for _, prefix := range []string{"/", "../", "a//", ".", "a/.", "a b", "*"} {
		for _, err := range z.List(ctx, prefix) {
			wantFault(t, err, fault.Usage, "object key")
		}
	}
	for _, part := range []string{"a b", "../x", ""} {
		_, err := z.Begin(fixed(began)).NewObject("reservation", "a/"+part+"/", "bin")
		wantFault(t, err, fault.Usage, "object key")
	}
	_, err := z.Begin(fixed(began)).NewObject("reservation", "a", "bin")
	wantFault(t, err, fault.Defect, "slash")
	long := strings.Repeat(strings.Repeat("k", 200)+"/", 3) + "Z_9=.-"
	need(t, z.Create(ctx, long, strings.NewReader("x")))
	if got := keys(t, z, ""); !slices.Equal(got, []string{long}) {
		t.Errorf("the zone holds %v", got)
	}
}

func readingWhole(t *testing.T, z *Zone) {
	need(t, z.Create(t.Context(), "a", strings.NewReader("0123456789")))
	got, err := z.ReadAll(t.Context(), "a", 10)
	need(t, err)
	if string(got) != "0123456789" {
		t.Errorf("got %q", got)
	}
	_, err = z.ReadAll(t.Context(), "a", 9)
	wantFault(t, err, fault.Data, z.URL()+"/a", "longer than 9 bytes")
	_, err = z.ReadAll(t.Context(), "b", 9)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), z.URL()+"/b") {
		t.Errorf("want a missing object with its address, got %v", err)
	}
	// A body is stored from its start, wherever it stands.
	half := strings.NewReader("whole")
	_, err = half.ReadByte()
	need(t, err)
	need(t, z.Create(t.Context(), "c", half))
	got, err = z.ReadAll(t.Context(), "c", 9)
	need(t, err)
	if string(got) != "whole" {
		t.Errorf("got %q", got)
	}
}

func reopened(t *testing.T, z *Zone) {
	need(t, z.Create(t.Context(), "a", strings.NewReader("x")))
	need(t, z.Close())
	if strings.HasPrefix(z.URL(), "s3:") {
		return // the address alone has no endpoint; TestS3Settings opens it with the environment's
	}
	again := openZone(t, z.URL())
	if got := keys(t, again, ""); !slices.Equal(got, []string{"a"}) || again.URL() != z.URL() {
		t.Errorf("%s holds %v", again.URL(), got)
	}
}
