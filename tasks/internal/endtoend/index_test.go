package endtoend

import (
	"bufio"
	"bytes"
	"os"
	"testing"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/simulator"
)

// firstID returns the id on the first line of a simulator file.
func firstID(t *testing.T, path string) string {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	line, err := bufio.NewReader(z).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	l, err := simulator.ParseLine(bytes.TrimSuffix(line, []byte("\n")))
	if err != nil {
		t.Fatal(err)
	}
	return l.ID
}
