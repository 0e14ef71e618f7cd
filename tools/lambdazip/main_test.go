package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPack packs the same contents from two folders, made at different times with different rights.
func TestPack(t *testing.T) {
	var zips [2][]byte
	for i := range zips {
		dir := t.TempDir()
		var paths []string
		for _, name := range []string{"bootstrap", "restaurants.yaml"} {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte("text of "+name), os.FileMode(0o600+i*0o44)); err != nil {
				t.Fatal(err)
			}
			when := time.Date(2026, 3, 27+i, 5, 0, 0, 0, time.UTC)
			if err := os.Chtimes(path, when, when); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		var err error
		if zips[i], err = pack(paths); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(zips[0], zips[1]) {
		t.Error("the same files gave other bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(zips[0]), int64(len(zips[0])))
	if err != nil || len(z.File) != 2 {
		t.Fatal(z, err)
	}
	for i, want := range []struct {
		name string
		mode os.FileMode
	}{{"bootstrap", 0o755}, {"restaurants.yaml", 0o644}} {
		f := z.File[i]
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if f.Name != want.name || f.Mode() != want.mode || string(text) != "text of "+want.name || err != nil {
			t.Errorf("%s, %v, %q, %v, want %v", f.Name, f.Mode(), text, err, want)
		}
	}
	if _, err := pack([]string{filepath.Join(t.TempDir(), "bootstrap")}); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
}
