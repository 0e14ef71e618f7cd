package timezone_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// entry returns one file of an archive.
func entry(t *testing.T, archive []byte, name string) []byte {
	t.Helper()
	all, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := all.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
