package lake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
)

func TestObject(t *testing.T) {
	zones(t, func(t *testing.T, open func(*testing.T) *Zone) {
		for name, test := range map[string]func(*testing.T, *Zone){
			"whole": wholeObject,
			"empty": emptyObject,
			"truncated": spoiled(func(b []byte) []byte { return b[:len(b)-1] },
				"ends after 99999 bytes, its manifest says 100000"),
			"emptied": spoiled(func([]byte) []byte { return nil }, "ends after 0 bytes"),
			"extended": spoiled(func(b []byte) []byte { return append(b, 'x') },
				"longer than its manifest's 100000 bytes"),
			"flipped at the end": spoiled(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, "SHA-256"),
			"flipped in front":   spoiled(func(b []byte) []byte { b[0] ^= 0x80; return b }, "SHA-256"),
			"missing":            missingObject,
			"fetch":              fetchObject,
			"fetch cancelled":    fetchCancelled,
			"read cancelled":     readCancelled,
		} {
			t.Run(name, func(t *testing.T) { test(t, open(t)) })
		}
	})
}

func content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7 >> 3)
	}
	return b
}

func wholeObject(t *testing.T, z *Zone) {
	want := content(100_000)
	o := stored(t, z, "a/", want)
	for _, piece := range []int{1, 1000, 100_000, 1 << 20} {
		r, err := z.OpenObject(t.Context(), o)
		need(t, err)
		got, err := readBy(r, piece)
		if !errors.Is(err, io.EOF) || !bytes.Equal(got, want) {
			t.Errorf("by %d: %d bytes, error %v", piece, len(got), err)
		}
		// The end stays the end.
		if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("after the end: %d bytes, error %v", n, err)
		}
		need(t, r.Close())
	}
}

func emptyObject(t *testing.T, z *Zone) {
	o := stored(t, z, "", nil)
	r, err := z.OpenObject(t.Context(), o)
	need(t, err)
	if got, err := readBy(r, 10); !errors.Is(err, io.EOF) || len(got) > 0 {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	need(t, r.Close())
	l, err := z.Fetch(t.Context(), o)
	need(t, err)
	need(t, l.Close())
}

func spoiled(spoiler func([]byte) []byte, why string) func(*testing.T, *Zone) {
	return func(t *testing.T, z *Zone) {
		ownTemp(t)
		o := stored(t, z, "a/", content(100_000))
		spoil(t, z, o.Key, spoiler(content(100_000)))
		for _, piece := range []int{1, 4096, 1 << 20} {
			r, err := z.OpenObject(t.Context(), o)
			need(t, err)
			got, err := readBy(r, piece)
			wantFault(t, err, fault.Data, z.URL()+"/"+o.Key, why, "restore the object")
			if len(got) > 100_000 {
				t.Errorf("by %d: %d bytes came through", piece, len(got))
			}
			_, again := r.Read(make([]byte, 1))
			wantFault(t, again, fault.Data, why)
			need(t, r.Close())
		}
		_, err := z.Fetch(t.Context(), o)
		wantFault(t, err, fault.Data, why)
		if got := leftovers(t, z); len(got) > 0 {
			t.Errorf("left: %v", got)
		}
	}
}

func missingObject(t *testing.T, z *Zone) {
	o := stored(t, z, "a/", content(10))
	need(t, z.Delete(t.Context(), o.Key))
	_, err := z.OpenObject(t.Context(), o)
	wantFault(t, err, fault.Data, z.URL()+"/"+o.Key, "a manifest names it and it is missing", "restore the object")
	_, err = z.Fetch(t.Context(), o)
	wantFault(t, err, fault.Data, "missing")
}

func fetchObject(t *testing.T, z *Zone) {
	ownTemp(t)
	want := content(100_000)
	o := stored(t, z, "a/", want)
	l, err := z.Fetch(t.Context(), o)
	need(t, err)
	byName, err := os.ReadFile(l.Path)
	need(t, err)
	part := make([]byte, 50)
	_, err = l.ReadAt(part, 99_950)
	need(t, err)
	if !bytes.Equal(byName, want) || !bytes.Equal(part, want[99_950:]) || l.Size != 100_000 {
		t.Errorf("the local file differs")
	}
	need(t, l.Close())
	if got := leftovers(t, z); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
	// The object itself must survive the closing of what was fetched.
	need(t, z.verify(t.Context(), o))
}

func fetchCancelled(t *testing.T, z *Zone) {
	ownTemp(t)
	o := stored(t, z, "a/", content(100_000))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := z.Fetch(ctx, o)
	wantFault(t, err, fault.Stopped, z.URL()+"/"+o.Key)
	if got := leftovers(t, z); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func readCancelled(t *testing.T, z *Zone) {
	o := stored(t, z, "a/", content(1<<20))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := z.OpenObject(ctx, o)
	need(t, err)
	_, err = r.Read(make([]byte, 100))
	need(t, err)
	cancel()
	_, err = readBy(r, 1000)
	wantFault(t, err, fault.Stopped, z.URL()+"/"+o.Key)
	_ = r.Close() // the connection of a cancelled request may say so
}

// An object passes through without being held, whatever its size.
func TestObjectsAreNotHeld(t *testing.T) {
	const size = 64 << 20
	zones(t, func(t *testing.T, open func(*testing.T) *Zone) {
		if strings.Contains(t.Name(), "/mem") {
			return // holds everything, by definition
		}
		z := open(t)
		a := z.Begin(fixed(began))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		w, err := a.NewObject("reservation", "a/", "bin")
		need(t, err)
		chunk := content(1 << 20)
		for range size >> 20 {
			_, err := w.Write(chunk)
			need(t, err)
		}
		o, err := w.Commit(t.Context(), 1, 1)
		need(t, err)
		r, err := z.OpenObject(t.Context(), o)
		need(t, err)
		n, err := io.Copy(io.Discard, r)
		need(t, err)
		need(t, r.Close())
		l, err := z.Fetch(t.Context(), o)
		need(t, err)
		need(t, l.Close())
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; n != size || got > 8<<20 {
			t.Errorf("%d bytes stored and read twice took %d bytes of memory in all", n, got)
		}
	})
}

func TestObjectKeysAreKnownAgain(t *testing.T) {
	sum := strings.Repeat("0f", 32)
	yes := []string{"reservation-" + sum + ".ndjson.zst", "a/b/quarantine-" + sum + ".parquet"}
	no := []string{"reservations.ndjson.zst", "day.json", "a/b/manifest.json", "a/" + sum + ".parquet", "x-" + sum,
		"x-" + sum[1:] + ".bin", "_ranks/a/b/0001.0001.0001.json"}
	for _, k := range no {
		if isObjectKey(k) {
			t.Errorf("%s is no object's key", k)
		}
	}
	for _, k := range yes {
		if !isObjectKey(k) {
			t.Errorf("%s is an object's key", k)
		}
	}
}
