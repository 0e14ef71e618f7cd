package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"slices"
	"strings"
	"time"
)

// entry is a file of an archive.
type entry struct {
	name, from string
	mode       int64
}

// pack makes a tar. The same files give the same bytes, whenever and by whomever they were made: in the order of their names, of
// one time and of no owner.
func pack(entries []entry) ([]byte, error) {
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for _, e := range entries {
		text, err := os.ReadFile(e.from)
		if err != nil {
			return nil, err
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: e.mode, Size: int64(len(text)), ModTime: time.Unix(0, 0),
			Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := t.Write(text); err != nil {
			return nil, err
		}
	}
	err := t.Close()
	return b.Bytes(), err
}

// compress makes a tar a .tar.gz, whose header says nothing of where and when.
func compress(archive []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(archive); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}
