package reading

import (
	"context"
	"time"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/lake"
)

// Rotation is when an object is full: after so many bytes of lines, or so many lines.
type Rotation struct{ Bytes, Lines int64 }

// objects writes the raw lines of one kind, an object after the other. It holds a line and the compressor's window.
type objects struct {
	attempt *lake.Attempt
	prefix  string
	kind    string
	rotate  Rotation

	zip          *zstd.Encoder // used again for each object
	out          *lake.ObjectWriter
	buf          []byte
	lines, bytes int64 // of the object being written
	before       int64 // lines of the objects before it
	done         []lake.Object
}

// record writes one record. It is copied before record returns.
func (w *objects) record(ctx context.Context, request string, readAt time.Time, record []byte) error {
	return w.line(ctx, lake.AppendLine(w.buf[:0], w.kind, request, readAt, record))
}

// asked writes one record that was asked for by its id.
func (w *objects) asked(ctx context.Context, request string, readAt time.Time, id string, record []byte) error {
	return w.line(ctx, lake.AppendAsked(w.buf[:0], w.kind, request, readAt, id, record))
}

// unread writes that the platform does not give a record so that it can be read.
func (w *objects) unread(ctx context.Context, request string, readAt time.Time, id, why string) error {
	return w.line(ctx, lake.AppendUnread(w.buf[:0], w.kind, request, readAt, id, why))
}

// absent writes that the platform does not have an id.
func (w *objects) absent(ctx context.Context, request string, readAt time.Time, id string) error {
	return w.line(ctx, lake.AppendAbsent(w.buf[:0], w.kind, request, readAt, id))
}

// line writes a line, whose memory it keeps for the next.
func (w *objects) line(ctx context.Context, line []byte) error {
	if w.out == nil {
		if err := w.begin(); err != nil {
			return err
		}
	}
	if _, err := w.zip.Write(line); err != nil {
		return err
	}
	w.lines++
	w.bytes += int64(len(line))
	if w.buf = line; cap(line) > 1<<20 {
		w.buf = nil // a rare long record does not stay
	}
	if w.lines < w.rotate.Lines && w.bytes < w.rotate.Bytes {
		return nil
	}
	return w.finish(ctx)
}

func (w *objects) begin() (err error) {
	if w.out, err = w.attempt.NewObject(w.kind, w.prefix, "ndjson.zst"); err != nil {
		return err
	}
	if w.zip != nil {
		w.zip.Reset(w.out)
		return nil
	}
	// A block is compressed while the next one is gathered, to the same bytes on any number of cores. A window of half a MiB:
	// records are alike over short distances, and memory is counted. A whole one saves 0.6% of the bytes and takes two MiB more.
	w.zip, err = zstd.NewWriter(w.out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2),
		zstd.WithWindowSize(512<<10), zstd.WithLowerEncoderMem(true))
	return err
}

// finish stores the object being written, if there is one.
func (w *objects) finish(ctx context.Context) error {
	if w.out == nil {
		return nil
	}
	if err := w.zip.Close(); err != nil {
		return err
	}
	o, err := w.out.Commit(ctx, w.lines, w.before+1)
	if err != nil {
		return err
	}
	w.done = append(w.done, o)
	w.before += w.lines
	w.out, w.lines, w.bytes = nil, 0, 0
	return nil
}

// abort gives up the object being written, if there is one.
func (w *objects) abort() {
	if w.out != nil {
		if w.zip != nil {
			w.zip.Reset(nil) // which waits for a block that is being compressed
		}
		w.out.Abort()
		w.out = nil
	}
}
