package lake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/laketest"
	"covers/tasks/internal/lake/store"
	"covers/tasks/internal/machine"
)

// zones runs a test on every kind of zone. open gives a new, empty zone at each call.
func zones(t *testing.T, test func(t *testing.T, open func(t *testing.T) *Zone)) {
	t.Run("mem", func(t *testing.T) { test(t, memZone) })
	t.Run("file", func(t *testing.T) { test(t, fileZone) })
	// As on a system that knows no unnamed files.
	t.Run("file-named", func(t *testing.T) {
		test(t, func(t *testing.T) *Zone {
			z := fileZone(t)
			withoutUnnamed(z)
			return z
		})
	})
	t.Run("s3", func(t *testing.T) {
		url := laketest.S3(t)
		test(t, func(t *testing.T) *Zone {
			return openZone(t, strings.Replace(url, "/zone?", "/zone/"+unique("z")+"?", 1))
		})
	})
}

// withoutUnnamed makes a zone of local files one on a system that knows no unnamed files.
func withoutUnnamed(z *Zone) {
	z.store.(*store.Files).Unnamed = func(string) (*os.File, error) { return nil, store.ErrNoUnnamed }
}

// inPlace returns the path of an object in a zone of local files.
func inPlace(t tb, z *Zone, key string) string {
	t.Helper()
	path, ok := z.store.Local(key)
	if !ok {
		t.Fatalf("%s is no zone of local files", z.URL())
	}
	return path
}

var counter atomic.Int64

// unique returns a name that no other call gives.
func unique(prefix string) string {
	return fmt.Sprintf("%s%06d", prefix, counter.Add(1))
}

func memZone(t *testing.T) *Zone { return openZone(t, "mem://"+t.Name()+unique("/")) }

func fileZone(t *testing.T) *Zone { return openZone(t, "file://"+filepath.Join(t.TempDir(), "zone")) }

func openZone(t testing.TB, url string) *Zone {
	t.Helper()
	z, err := Open(context.Background(), machine.This(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := z.Close(); err != nil {
			t.Error(err)
		}
	})
	return z
}

// tb is what a test of package testing and one of rapid have in common.
type tb interface {
	Helper()
	Error(...any)
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
}

// need ends the test on an error.
func need(t tb, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantFault compares the kind of an error and what its text must hold.
func wantFault(t tb, err error, kind fault.Kind, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("want a fault of kind %d, got none", kind)
	}
	if got := fault.KindOf(err); got != kind {
		t.Errorf("want kind %d, got %d: %v", kind, got, err)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("want %q in %q", p, err)
		}
	}
}

func wantMissing(t tb, z *Zone, key string) {
	t.Helper()
	if _, err := z.ReadAll(context.Background(), key, 1<<20); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: want a missing object, got error %v", key, err)
	}
}

// keys lists a zone.
func keys(t tb, z *Zone, prefix string) []string {
	t.Helper()
	got := []string{}
	for e, err := range z.List(context.Background(), prefix) {
		need(t, err)
		got = append(got, e.Key)
	}
	return got
}

// leftovers lists what lies where objects are gathered: in the zone's own folder and in the system's, which must be the
// test's own (ownTemp).
func leftovers(t tb, z *Zone) []string {
	t.Helper()
	var got []string
	dirs := []string{os.TempDir()}
	if spools, ok := z.store.Local(".tmp"); ok {
		dirs = append(dirs, spools)
	}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), "covers-") || dir != os.TempDir() {
				got = append(got, filepath.Join(dir, e.Name()))
			}
		}
	}
	return got
}

func ownTemp(t *testing.T) { t.Setenv("TMPDIR", t.TempDir()) }

// stored makes an object of a body and describes it as a manifest would.
func stored(t tb, z *Zone, prefix string, body []byte) Object {
	t.Helper()
	sum := sha256.Sum256(body)
	o := Object{Kind: "reservation", Bytes: int64(len(body)), SHA256: hex.EncodeToString(sum[:]), Records: 1, FirstLine: 1}
	o.Key = prefix + o.Kind + "-" + o.SHA256 + ".bin"
	need(t, z.Create(context.Background(), o.Key, bytes.NewReader(body)))
	return o
}

// spoil puts other bytes in an object's place.
func spoil(t tb, z *Zone, key string, body []byte) {
	t.Helper()
	need(t, z.store.Replace(context.Background(), key, bytes.NewReader(body)))
}

var errBoom = errors.New("boom")

// body is made of n bytes. It calls at with the offset before each read, and fails with what at returns.
type body struct {
	*bytes.Reader
	at func(offset int64) error
}

func newBody(n int, at func(int64) error) *body {
	return &body{bytes.NewReader(bytes.Repeat([]byte("0123456789abcdef"), n/16)), at}
}

func (b *body) Read(p []byte) (int, error) {
	offset := b.Size() - int64(b.Len())
	if err := b.at(offset); err != nil {
		return 0, err
	}
	return b.Reader.Read(p[:min(len(p), 64<<10)])
}

// readBy reads in pieces of n bytes, as a careless reader would: it returns what came before the error.
func readBy(r io.Reader, n int) (all []byte, err error) {
	p := make([]byte, n)
	for {
		k, err := r.Read(p)
		all = append(all, p[:k]...)
		if err != nil {
			return all, err
		}
	}
}

// A day in the life of the tests. No test asks the clock for more than the age of files.
var began = time.Date(2026, 3, 28, 0, 0, 1, 0, time.UTC)

func fixed(t time.Time) func() time.Time { return func() time.Time { return t } }

// then tells one time when it is asked first, and another from then on.
func then(first, later time.Time) func() time.Time {
	asked := false
	return func() time.Time {
		if asked {
			return later
		}
		asked = true
		return first
	}
}
