package simulator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/lake"
)

// Writer writes one day. Files come first, day.json with Publish last; Close frees what it holds, at any time.
//
//	w := simulator.NewWriter(zone, id)
//	defer w.Close()
//	f, err := w.Kind(reservation.KindReservation)
//	err = f.Line(line) …
//	won, err := w.Publish(ctx, settings, sequence)
type Writer struct {
	zone    *lake.Zone
	id      ID
	files   map[string]*FileWriter
	defects map[string]int64
}

// NewWriter begins a day.
func NewWriter(zone *lake.Zone, id ID) *Writer {
	return &Writer{zone: zone, id: id, files: map[string]*FileWriter{}, defects: map[string]int64{}}
}

// FileWriter gathers one file in a temporary one.
type FileWriter struct {
	file    File
	sum     summing
	spool   *os.File
	out     io.Writer
	encoder *zstd.Encoder
	buf     []byte
}

// Kind begins the file of a kind of record.
func (w *Writer) Kind(kind string) (*FileWriter, error) { return w.begin(kind, FileOf(kind)) }

func (w *Writer) begin(kind, name string) (*FileWriter, error) {
	spool, err := os.CreateTemp("", "covers-simulator-*")
	if err != nil {
		return nil, fmt.Errorf("begin %s: %w", name, err)
	}
	_ = os.Remove(spool.Name()) // an open file needs no name, and a killed program leaves none
	f := &FileWriter{file: File{Name: name}, sum: summing{hash: sha256.New()}, spool: spool, out: spool}
	w.files[kind] = f
	if kind == answersKind {
		return f, nil
	}
	// One goroutine, so that the same lines give the same bytes.
	f.encoder, err = zstd.NewWriter(spool, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(1<<20))
	f.out = f.encoder
	return f, err
}

// Line adds a line.
func (f *FileWriter) Line(l Line) error {
	f.buf = AppendLine(f.buf[:0], l)
	return f.write(f.buf)
}

func (f *FileWriter) write(line []byte) error {
	f.file.Records++
	_, _ = f.sum.Write(line)
	if _, err := f.out.Write(line); err != nil {
		return fmt.Errorf("write %s: %w", f.file.Name, err)
	}
	return nil
}

// Answer adds a line to the answer sheet.
func (w *Writer) Answer(a Answer) error {
	f := w.files[answersKind]
	if f == nil {
		var err error
		if f, err = w.begin(answersKind, AnswersFile); err != nil {
			return err
		}
	}
	if a.Expect == nil {
		a.Expect = []Expect{}
	}
	line, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	w.defects[a.Defect]++
	return f.write(append(line, '\n'))
}

// Publish stores the files and then day.json. won is false where the day was there already: the first one stays.
func (w *Writer) Publish(ctx context.Context, s Settings, sequence int64) (won bool, err error) {
	if w.files[answersKind] == nil {
		if _, err := w.begin(answersKind, AnswersFile); err != nil {
			return false, err
		}
	}
	d := Day{Version: Version, ID: w.id, Settings: s, Files: map[string]File{}, Defects: w.defects, Sequence: sequence}
	for _, kind := range append([]string{answersKind}, Kinds...) {
		f := w.files[kind]
		if f == nil {
			return false, fmt.Errorf("publish %s: its file of kind %s was not begun", w.id.Folder(), kind)
		}
		if err := w.store(ctx, f); err != nil {
			return false, err
		}
		d.Files[kind] = f.file
		failpoint.Hit("generate/file-stored")
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return false, fmt.Errorf("publish %s: %w", w.id.Folder(), err)
	}
	failpoint.Hit("generate/day-before")
	err = w.zone.Create(ctx, w.id.Folder()+ManifestFile, bytes.NewReader(append(text, '\n')))
	if errors.Is(err, lake.ErrExists) {
		return false, nil
	}
	failpoint.Hit("generate/day-stored")
	return err == nil, err
}

// store finishes a file and stores it. What an attempt that died left under the same name is the same, or was made with other
// settings; then it goes, since no day.json names it.
func (w *Writer) store(ctx context.Context, f *FileWriter) error {
	if f.encoder != nil {
		if err := f.encoder.Close(); err != nil {
			return fmt.Errorf("write %s: %w", f.file.Name, err)
		}
	}
	f.file.Bytes, f.file.SHA256 = f.sum.bytes, hex.EncodeToString(f.sum.hash.Sum(nil))
	key := w.id.Folder() + f.file.Name
	err := w.zone.Create(ctx, key, f.spool)
	if !errors.Is(err, lake.ErrExists) {
		return err
	}
	if same, err := w.stored(ctx, key, f.spool); same || err != nil {
		return err
	}
	if _, err := ReadDay(ctx, w.zone, w.id); err == nil {
		return nil // somebody finished the day meanwhile: Publish will say so
	}
	if err := w.zone.Delete(ctx, key); err != nil {
		return err
	}
	return w.zone.Create(ctx, key, f.spool)
}

// stored reports whether the object holds the same bytes as the spool.
func (w *Writer) stored(ctx context.Context, key string, spool io.ReadSeeker) (bool, error) {
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	body, err := w.zone.Open(ctx, key)
	if err != nil {
		return false, err
	}
	defer body.Close()
	mine, theirs := sha256.New(), sha256.New()
	if _, err := io.Copy(mine, spool); err != nil {
		return false, err
	}
	if _, err := io.Copy(theirs, body); err != nil {
		return false, err
	}
	return string(mine.Sum(nil)) == string(theirs.Sum(nil)), nil
}

// Close frees the temporary files.
func (w *Writer) Close() {
	for _, f := range w.files {
		_ = f.spool.Close()
	}
}
