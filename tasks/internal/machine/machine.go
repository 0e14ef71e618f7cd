// Package machine is what a step takes from the machine that it runs on: the time, waiting, randomness and the environment.
// A program's main gives This; a test or a simulation gives its own, and then nothing else decides what a step does.
package machine

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"io"
	"os"
	"time"
)

// Machine is given to whatever needs one of its fields. No field may be nil where it is used.
type Machine struct {
	Now    func() time.Time
	Sleep  func(ctx context.Context, d time.Duration) error // returns ctx's error where ctx ends first
	Random io.Reader                                        // for names that must differ and for jitter; never fails
	Getenv func(name string) string
}

// This returns the machine that the program runs on.
func This() Machine {
	return Machine{Now: time.Now, Sleep: sleep, Random: rand.Reader, Getenv: os.Getenv}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Since returns how long ago t was.
func (m Machine) Since(t time.Time) time.Duration { return m.Now().Sub(t) }

// Name returns a random name of n bytes, as 2n hexadecimal digits.
func (m Machine) Name(n int) string { return hex.EncodeToString(m.bytes(n)) }

// Float returns a random number from [0,1).
func (m Machine) Float() float64 {
	const digits = 53 // of a float64
	return float64(binary.LittleEndian.Uint64(m.bytes(8))>>(64-digits)) / (1 << digits)
}

func (m Machine) bytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(m.Random, b); err != nil {
		panic("machine: no random bytes: " + err.Error())
	}
	return b
}
