package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"
)

func benchZones(b *testing.B, run func(b *testing.B, z *Zone)) {
	b.Run("mem", func(b *testing.B) { run(b, openZone(b, "mem://"+b.Name()+unique("/"))) })
	b.Run("file", func(b *testing.B) { run(b, openZone(b, "file://"+filepath.Join(b.TempDir(), "zone"))) })
}

const benchSize = 8 << 20

func BenchmarkOpenObject(b *testing.B) {
	benchZones(b, func(b *testing.B, z *Zone) {
		o := stored(b, z, "a/", content(benchSize))
		b.SetBytes(benchSize)
		b.ReportAllocs()
		for b.Loop() {
			r, err := z.OpenObject(context.Background(), o)
			need(b, err)
			_, err = io.Copy(io.Discard, r)
			need(b, err)
			need(b, r.Close())
		}
	})
}

func BenchmarkCreate(b *testing.B) {
	for _, size := range []int{1 << 10, benchSize} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			benchZones(b, func(b *testing.B, z *Zone) {
				body := content(size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					key := unique("a/")
					need(b, z.Create(context.Background(), key, bytes.NewReader(body)))
					b.StopTimer()
					need(b, z.Delete(context.Background(), key))
					b.StartTimer()
				}
			})
		})
	}
}

func BenchmarkObjectWriter(b *testing.B) {
	benchZones(b, func(b *testing.B, z *Zone) {
		body := content(benchSize)
		b.SetBytes(benchSize)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			w, err := z.Begin(time.Now).NewObject("reservation", "a/", "bin")
			need(b, err)
			copy(body, fmt.Sprint(i))
			_, err = w.Write(body)
			need(b, err)
			o, err := w.Commit(context.Background(), 1, 1)
			need(b, err)
			b.StopTimer()
			need(b, z.Delete(context.Background(), o.Key))
			b.StartTimer()
		}
	})
}

// A record of the size that OpenTable sends.
var benchRecord = append(append([]byte(`{"id": "x", "notes": "`), bytes.Repeat([]byte("text "), 250)...),
	`", "party_size": 2}`...)

func BenchmarkAppendLine(b *testing.B) {
	var line []byte
	b.SetBytes(int64(len(benchRecord)))
	b.ReportAllocs()
	for b.Loop() {
		line = AppendLine(line[:0], "reservation", "01HV7Z", began, benchRecord)
	}
}

func BenchmarkLines(b *testing.B) {
	var text []byte
	for range 1000 {
		text = AppendLine(text, "reservation", "01HV7Z", began, benchRecord)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		l := NewLineReader(bytes.NewReader(text), 16<<20)
		for {
			line, err := l.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			need(b, err)
			_, err = ParseLine(line.Bytes)
			need(b, err)
		}
	}
}
