package simulator

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/klauspost/readahead"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// maxManifest bounds day.json, in bytes.
const maxManifest = 1 << 20

// Days returns the days that exist of a restaurant on a platform, in order.
func Days(ctx context.Context, zone *lake.Zone, platform string, restaurant int64) ([]string, error) {
	var days []string
	prefix := Folder(platform, restaurant)
	for e, err := range zone.List(ctx, prefix) {
		if err != nil {
			return nil, fmt.Errorf("look for days: %w", err)
		}
		day, name := path.Split(strings.TrimPrefix(e.Key, prefix))
		day = strings.TrimSuffix(day, "/")
		if _, err := time.Parse(time.DateOnly, day); err == nil && name == ManifestFile {
			days = append(days, day)
		}
	}
	return days, nil
}

// ReadDay reads day.json; an error that wraps fs.ErrNotExist means that the day does not exist.
func ReadDay(ctx context.Context, zone *lake.Zone, id ID) (Day, error) {
	key := id.Folder() + ManifestFile
	text, err := zone.ReadAll(ctx, key, maxManifest)
	if err != nil {
		return Day{}, fmt.Errorf("read the day: %w", err)
	}
	var d Day
	if err := json.Unmarshal(text, &d); err != nil {
		return Day{}, fault.New(fault.Data, "remove the day's folder and generate it again", "read %s: %w", key, err)
	}
	switch {
	case d.Version > Version:
		return Day{}, fault.New(fault.Usage, "use the newer program",
			"read %s: version %d, this program knows %d", key, d.Version, Version)
	case d.Version != Version || d.ID != id:
		return Day{}, fault.New(fault.Data, "remove the day's folder and generate it again",
			"read %s: it does not describe its own folder", key)
	}
	return d, nil
}

// Records returns the lines of a day's file of one kind. A line's Record lives until the next one. A file that is not what
// day.json says ends in a data fault.
func Records(ctx context.Context, zone *lake.Zone, d Day, kind string) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for line, err := range lines(ctx, zone, d, kind) {
			var l Line
			if err == nil {
				if l, err = ParseLine(line); err != nil {
					err = corrupt(d, d.Files[kind].Name, err)
				}
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

// Answers returns the lines of a day's answer sheet, in the order of the files.
func Answers(ctx context.Context, zone *lake.Zone, d Day) iter.Seq2[Answer, error] {
	return func(yield func(Answer, error) bool) {
		for line, err := range lines(ctx, zone, d, answersKind) {
			var a Answer
			if err == nil {
				if err = json.Unmarshal(line, &a); err != nil {
					err = corrupt(d, AnswersFile, err)
				}
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

// lines reads a file's lines, without their ends, and compares the whole with what day.json says of it.
func lines(ctx context.Context, zone *lake.Zone, d Day, kind string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		file, ok := d.Files[kind]
		if !ok {
			yield(nil, corrupt(d, ManifestFile, fmt.Errorf("it names no file of kind %s", kind)))
			return
		}
		body, err := zone.Open(ctx, d.Folder()+file.Name)
		if err != nil {
			yield(nil, fault.New(fault.Data, "remove the day's folder and generate it again", "read a day: %w", err))
			return
		}
		defer body.Close()
		text, err := decompressed(file.Name, body)
		if err != nil {
			yield(nil, corrupt(d, file.Name, err))
			return
		}
		defer text.Close()
		// What is read is unpacked and summed up ahead of the lines that are taken.
		sum := &summing{hash: sha256.New()}
		ahead, err := readahead.NewReaderSize(io.TeeReader(text, sum), 2, 256<<10)
		if err != nil {
			yield(nil, err)
			return
		}
		defer ahead.Close() // before text, which it reads
		if err := eachLine(ahead, yield); err != nil {
			if !errors.Is(err, errStop) {
				yield(nil, corrupt(d, file.Name, err))
			}
			return
		}
		if sum.bytes != file.Bytes || hex.EncodeToString(sum.hash.Sum(nil)) != file.SHA256 {
			yield(nil, corrupt(d, file.Name, errors.New("its content is not what day.json says")))
		}
	}
}

// errStop ends the reading of lines: the reader wants no more.
var errStop = errors.New("stop")

func eachLine(r io.Reader, yield func([]byte, error) bool) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var long []byte // a line beyond the buffer
	for {
		part, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			long = append(long, part...)
			continue
		case err == io.EOF && len(part)+len(long) == 0:
			return nil
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
		line := part
		if len(long) > 0 {
			long = append(long, part...)
			line = long
		}
		if !yield(bytes.TrimSuffix(line, []byte("\n")), nil) {
			return errStop
		}
		long = long[:0]
	}
}

func decompressed(name string, body io.Reader) (io.ReadCloser, error) {
	if !strings.HasSuffix(name, ".zst") {
		return io.NopCloser(body), nil
	}
	dec, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return nil, err
	}
	return dec.IOReadCloser(), nil
}

// summing counts and hashes what goes through.
type summing struct {
	hash  hash.Hash
	bytes int64
}

func (s *summing) Write(p []byte) (int, error) {
	s.bytes += int64(len(p))
	return s.hash.Write(p)
}

// corrupt returns the error of a day's file that is not as it was written. What the zone already classified, or a stop, stays
// what it is.
func corrupt(d Day, name string, err error) error {
	var known *fault.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("read %s: %w", d.Folder()+name, err)
	}
	return fault.New(fault.Data, "remove the day's folder and generate it again", "read %s: %w", d.Folder()+name, err)
}
