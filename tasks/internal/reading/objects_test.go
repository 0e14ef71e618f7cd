package reading

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/reservation"
)

// An object has the same bytes on one core and on several, and they are those of a compressor that does one thing at a time.
func TestBytesDoNotDependOnCores(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var lines [][]byte
	for i := range 30_000 {
		lines = append(lines, fmt.Appendf(nil, `{"id":"%x","covers":%d,"state":"SEATED"}`+"\n", random.Uint64(), i%9))
	}
	var want bytes.Buffer
	zip, err := zstd.NewWriter(&want, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(512<<10), zstd.WithLowerEncoderMem(true))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if _, err := zip.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(want.Bytes())
	for _, cores := range []int{1, 2, 4} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		w := newRig(t, "opentable/101").objects()
		for _, line := range lines {
			if err := w.line(t.Context(), bytes.Clone(line)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.done[0]; got.SHA256 != hex.EncodeToString(sum[:]) || got.Bytes != int64(want.Len()) {
			t.Errorf("%d cores: %d bytes, SHA-256 %s, want %d bytes, %x", cores, got.Bytes, got.SHA256, want.Len(), sum)
		}
	}
}

// An object that is given up in the middle of a block is no longer written to.
func TestAbortWaitsForTheCompressor(t *testing.T) {
	w := newRig(t, "opentable/101").objects()
	random := rand.New(rand.NewPCG(1, 2))
	line := make([]byte, 1<<20)
	for i := range line {
		line[i] = byte(random.Uint32())
	}
	for range 20 {
		if err := w.line(context.Background(), bytes.Clone(line)); err != nil {
			t.Fatal(err)
		}
		w.abort()
		w.lines, w.bytes = 0, 0
	}
	if err := w.finish(t.Context()); err != nil || len(w.done) != 0 {
		t.Errorf("%d objects, %v", len(w.done), err)
	}
}

// objects returns a writer into the rig's zone.
func (r *rig) objects() *objects {
	return &objects{
		attempt: r.o.Raw.Begin(time.Now), prefix: "a/", kind: reservation.KindReservation,
		rotate: Rotation{Bytes: 1 << 30, Lines: 1 << 30},
	}
}
