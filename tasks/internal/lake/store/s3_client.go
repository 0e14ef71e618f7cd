package store

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
	"github.com/rs/zerolog"

	"covers/tasks/internal/machine"
)

// tuned returns a client like c that keeps to the programs' own log, and to AWS_MAX_ATTEMPTS (3 unless set), which
// gocloud.dev passes over.
func tuned(c *s3.Client, m machine.Machine) *s3.Client {
	return s3.New(c.Options(), func(o *s3.Options) {
		o.Logger = clientLog{&zerolog.Logger{}}
		// Objects are verified by their manifest's SHA-256, whatever the store has a checksum of.
		o.DisableLogOutputChecksumValidationSkipped = true
		if n, err := strconv.Atoi(m.Getenv("AWS_MAX_ATTEMPTS")); err == nil && n > 0 {
			o.RetryMaxAttempts = n
		}
	})
}

// clientLog writes what the AWS client has to say as log events, instead of lines of its own on stderr.
type clientLog struct{ log *zerolog.Logger }

var _ logging.ContextLogger = clientLog{}

func (l clientLog) WithContext(ctx context.Context) logging.Logger {
	return clientLog{zerolog.Ctx(ctx)}
}

func (l clientLog) Logf(c logging.Classification, format string, v ...any) {
	e := l.log.Debug()
	if c == logging.Warn {
		e = l.log.Warn()
	}
	e.Str("client", "s3").Msgf(format, v...)
}

// resumer goes on where a broken connection ended. Objects never change, so the rest is the rest of the same object.
type resumer struct {
	ctx    context.Context
	sleep  func(context.Context, time.Duration) error
	openAt func(offset int64) (io.ReadCloser, error)
	body   io.ReadCloser
	offset int64
	breaks int // since the last byte
}

// maxBreaks is how many connections in a row may break without giving a byte.
const maxBreaks = 3

func (r *resumer) Read(p []byte) (int, error) {
	for {
		n, err := r.body.Read(p)
		r.offset += int64(n)
		if n > 0 {
			r.breaks = 0
			if isBroken(err) {
				err = nil // met again at the next Read
			}
			return n, err
		}
		if !isBroken(err) || r.ctx.Err() != nil || r.breaks == maxBreaks {
			return 0, err
		}
		r.breaks++
		if e := r.sleep(r.ctx, time.Duration(r.breaks)*100*time.Millisecond); e != nil {
			return 0, e
		}
		body, e := r.openAt(r.offset)
		if e != nil {
			return 0, errors.Join(err, e)
		}
		zerolog.Ctx(r.ctx).Debug().Int64("offset", r.offset).Msg("a broken connection is resumed")
		_ = r.body.Close() // broken anyway
		r.body = body
	}
}

func (r *resumer) Close() error { return r.body.Close() }

// isBroken knows an error of the connection, as against one of the object.
func isBroken(err error) bool {
	var network net.Error
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}
