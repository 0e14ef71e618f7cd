package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestPack packs the same contents from two folders, made at different times, with different rights, and named in another order.
func TestPack(t *testing.T) {
	var archives [2][]byte
	for i := range archives {
		dir := t.TempDir()
		var entries []entry
		for _, name := range []string{"b/load", "b/sbom/load.cdx.json", "a"} {
			path := filepath.Join(dir, filepath.Base(name))
			if err := os.WriteFile(path, []byte("text of "+name), os.FileMode(0o600+i*0o44)); err != nil {
				t.Fatal(err)
			}
			when := time.Date(2026, 3, 27+i, 5, 0, 0, 0, time.UTC)
			if err := os.Chtimes(path, when, when); err != nil {
				t.Fatal(err)
			}
			entries = append(entries, entry{name, path, 0o755})
		}
		if i == 1 {
			slices.Reverse(entries)
		}
		archive, err := pack(entries)
		if err != nil {
			t.Fatal(err)
		}
		if archives[i], err = compress(archive); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("other bytes")
	}
	z, err := gzip.NewReader(bytes.NewReader(archives[0]))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %o %s %q: %s", h.Name, h.Mode, h.ModTime.UTC().Format(time.DateOnly), h.Uname, text))
	}
	want := []string{`a 755 1970-01-01 "": text of a`, `b/load 755 1970-01-01 "": text of b/load`,
		`b/sbom/load.cdx.json 755 1970-01-01 "": text of b/sbom/load.cdx.json`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
