package mockapi

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// spool keeps the records themselves on disk, one after the other with a comma between two, as a list has them: neighbours
// are one range. Ranges that were handed out never change.
type spool struct {
	file    *os.File
	senders chan *os.File // the same file, each with a place of its own, from where the system sends
	mu      sync.Mutex
	end     int64
}

// sending is how many ranges the system sends at once.
const sending = 16

// span is a range of the spool's bytes.
type span struct {
	offset int64
	length int64
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "covers-mockapi-*")
	if err != nil {
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	s := &spool{file: f, senders: make(chan *os.File, sending)}
	for range sending {
		sender, err := os.Open(f.Name())
		if err != nil {
			s.close()
			return nil, fmt.Errorf("make the spool: %w", err)
		}
		s.senders <- sender
	}
	// An open file needs no name, and a killed program leaves none.
	if err := os.Remove(f.Name()); err != nil {
		s.close()
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	return s, nil
}

// filling appends to a spool. Nobody else may until it is closed.
type filling struct {
	spool *spool
	out   *bufio.Writer
	pipe  *io.PipeWriter // to the goroutine that writes while the next records are read
	wrote chan error
	end   int64
}

func (s *spool) fill() *filling {
	s.mu.Lock()
	from, to := io.Pipe()
	f := &filling{spool: s, out: bufio.NewWriterSize(to, 1<<20), pipe: to, wrote: make(chan error, 1), end: s.end}
	go func() {
		_, err := io.CopyBuffer(io.NewOffsetWriter(s.file, s.end), from, make([]byte, 1<<20))
		_ = from.CloseWithError(err)
		f.wrote <- err
	}()
	return f
}

// add appends a record and returns where it is.
func (f *filling) add(record []byte) (span, error) {
	at := span{f.end, int64(len(record))}
	if _, err := f.out.Write(record); err != nil {
		return span{}, fmt.Errorf("fill the spool: %w", err)
	}
	if err := f.out.WriteByte(','); err != nil {
		return span{}, fmt.Errorf("fill the spool: %w", err)
	}
	f.end += at.length + 1
	return at, nil
}

// close makes what was added readable, unless the filling failed: then its bytes are overwritten by the next.
func (f *filling) close(failed bool) error {
	defer f.spool.mu.Unlock()
	flushed := f.out.Flush()
	_ = f.pipe.Close() // never fails
	err := errors.Join(<-f.wrote, flushed)
	if failed {
		return nil
	}
	if err != nil {
		return fmt.Errorf("fill the spool: %w", err)
	}
	f.spool.end = f.end
	return nil
}

// read fills p from an offset.
func (s *spool) read(p []byte, offset int64) error {
	if _, err := s.file.ReadAt(p, offset); err != nil {
		return fmt.Errorf("read the spool: %w", err)
	}
	return nil
}

// send writes a range. To a plain connection the system sends it from the file, without a copy in this program.
func (s *spool) send(w io.Writer, r span) error {
	var f *os.File
	select {
	case f = <-s.senders:
		defer func() { s.senders <- f }()
	default: // all are busy, with clients that read slowly
		_, err := io.Copy(w, io.NewSectionReader(s.file, r.offset, r.length))
		return err
	}
	if _, err := f.Seek(r.offset, io.SeekStart); err != nil {
		return fmt.Errorf("read the spool: %w", err)
	}
	_, err := io.CopyN(w, f, r.length)
	return err
}

// close frees the file once nothing is sent any more.
func (s *spool) close() {
	_ = s.file.Close()
	for len(s.senders) > 0 {
		_ = (<-s.senders).Close()
	}
}
