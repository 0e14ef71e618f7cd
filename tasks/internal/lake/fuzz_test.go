package lake

import (
	"bytes"
	"encoding/json"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/store"
)

// Whatever the bytes of a manifest: it is refused with a data or usage fault and its address, or it balances, and means
// the same once it is written again.
func FuzzManifest(f *testing.F) {
	id := readingAt(0)
	p := aProcessed(f)
	keys := []string{ManifestKey(id), ResultKey(id, sum("a"), rank1), ProcessedKey(p.Day, p.Inputs)}
	for _, m := range []any{aReading(id, anObject(ReadingPrefix(id), "reservation", "1", 3, 1)), aResult(id), p} {
		text, err := json.Marshal(m)
		need(f, err)
		for form := range keys {
			f.Add(text, form)
		}
		f.Add([]byte(strings.Replace(string(text), `"version":1`, `"version":2`, 1)), 0)
		f.Add(text[:len(text)/2], 1)
	}
	f.Add([]byte(`{"version":1,"counts":{"":{"received":9223372036854775807}},"objects":[null,{}]}`), 0)
	f.Add([]byte(`{"version":1,"inputs":[{"rows":{"a":-1},"counts":null,"rank":"0001.0001.0001"}]}`), 2)
	f.Fuzz(func(t *testing.T, text []byte, form int) {
		switch key := keys[abs(form)%3]; abs(form) % 3 {
		case 0:
			fuzzManifest[Reading](t, key, text)
		case 1:
			fuzzManifest[Result](t, key, text)
		case 2:
			fuzzManifest[Processed](t, key, text)
		}
	})
}

func fuzzManifest[T Manifest](t *testing.T, key string, text []byte) {
	m, err := decode[T]("mem://x/"+key, key, text)
	if err != nil {
		if k := fault.KindOf(err); k != fault.Data && k != fault.Usage || !strings.Contains(err.Error(), key) {
			t.Errorf("kind %d: %v", k, err)
		}
		return
	}
	again, err := json.Marshal(m)
	need(t, err)
	back, err := decode[T]("", key, again)
	need(t, err)
	if a, b := mustJSON(t, m), mustJSON(t, back); a != b {
		t.Error(cmp.Diff(a, b))
	}
}

func mustJSON(t *testing.T, v any) string {
	text, err := json.Marshal(v)
	need(t, err)
	return string(text)
}

func FuzzRank(f *testing.F) {
	for _, s := range []string{"0001.0001.0001", "9999.9999.9999", "0000.0001.0001", "1.1.1", "+001.0001.0001",
		"0001.0001.0001\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRank(s)
		if err == nil && (r.String() != s || !r.valid()) {
			t.Errorf("%q became %v", s, r)
		}
	})
}

func FuzzReadingID(f *testing.F) {
	f.Add(readingAt(0).String())
	f.Add("a/b/2026-03-27/updated/20260328T000001.000Z-0123456g")
	f.Add("a/b/c/d/e")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseReadingID(s)
		if err == nil && (id.String() != s || store.CheckKey(ManifestKey(id)) != nil) {
			t.Errorf("%q became %+v", s, id)
		}
	})
}

// A key that is taken means one thing to all stores, and its own prefixes are taken as prefixes.
func FuzzKey(f *testing.F) {
	for _, s := range []string{"a/b", "../a", "a//b", "", ".tmp/x", "a/.b", "é", "a\x00", "a.attrs", "x=1/_y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if store.CheckKey(key) != nil {
			return
		}
		for i := range key {
			rest := key[:i]
			if store.CheckPrefix(rest) != nil && !strings.HasSuffix(rest, ".attrs") && !strings.Contains(rest, ".attrs/") {
				t.Errorf("prefix %q of %q is refused", rest, key)
			}
		}
		if strings.Contains(key, "..") && (strings.Contains(key, "/..") || strings.HasPrefix(key, "..")) ||
			strings.HasPrefix(key, "/") {
			t.Errorf("%q is taken", key)
		}
	})
}

// FuzzUnpack: whatever frames there may be in an object of raw, its lines take bounded memory, or it is an error.
func FuzzUnpack(f *testing.F) {
	z, err := zstd.NewWriter(nil)
	need(f, err)
	f.Add(z.EncodeAll([]byte("a\nb\n"), nil))
	f.Add(z.EncodeAll(bytes.Repeat([]byte("line\n"), 10_000), nil))
	f.Add(slices.Concat(z.EncodeAll([]byte("a"), nil), z.EncodeAll([]byte("b\nc"), nil)))
	f.Add([]byte("\x28\xb5\x2f\xfd\x00\xff\x31\x00\x00a\nb\nc\n"))
	f.Fuzz(func(t *testing.T, frames []byte) {
		plain, err := Unpack(bytes.NewReader(frames))
		if err != nil {
			return
		}
		defer plain.Close()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		lines := NewLineReader(io.LimitReader(plain, 64<<20), 1<<10)
		for n := int64(1); ; n++ {
			l, err := lines.Next()
			if err != nil {
				break
			}
			if l.N != n || len(l.Bytes) > 1<<10 {
				t.Errorf("line %d is %d, of %d bytes", n, l.N, len(l.Bytes))
			}
		}
		runtime.ReadMemStats(&after)
		if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 2*maxWindow>>20+8 {
			t.Errorf("it took %d MiB", n)
		}
	})
}

// FuzzPinnedSettings: whatever stands in the place of a rank's settings is held against others, or named where it cannot be read.
func FuzzPinnedSettings(f *testing.F) {
	for _, text := range []string{`{"a":"1"}`, `{"a":"2","b":"x"}`, `{}`, `null`, `{"a":1}`, `[`, "{\"a\":\"\x1b[31m\"}"} {
		f.Add([]byte(text))
	}
	z := openZone(f, "mem://pinned"+unique("/"))
	key := settingsKey("opentable/101", rank1)
	f.Fuzz(func(t *testing.T, text []byte) {
		need(t, z.store.Replace(t.Context(), key, bytes.NewReader(text)))
		err := z.CheckSettings(t.Context(), "opentable/101", rank1, map[string]string{"a": "1"})
		if k := fault.KindOf(err); err != nil && (k != fault.Data && k != fault.Usage || !strings.Contains(err.Error(), key)) {
			t.Errorf("kind %d: %v", k, err)
		}
	})
}
