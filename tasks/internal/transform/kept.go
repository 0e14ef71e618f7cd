package transform

import (
	"context"
	"errors"
	"io"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
)

// kept are objects that were verified and stay open until they are copied, by key, so that each is fetched once.
type kept struct {
	open  map[string]io.Closer
	bytes int64 // of all that were kept
}

// mostKept bounds how many files are open, mostKeptBytes what they take as copies of a store's objects: in a container the folder
// for temporary files is memory, and what is gathered needs it, too.
const (
	mostKept      = 200
	mostKeptBytes = 64 << 20
)

// put keeps an object, or closes it where there are too many: then it is fetched again.
func (k *kept) put(o lake.Object, c io.Closer) error {
	if _, twice := k.open[o.Key]; twice || len(k.open) >= mostKept || k.bytes+o.Bytes > mostKeptBytes {
		return c.Close()
	}
	k.open[o.Key] = c
	k.bytes += o.Bytes
	return nil
}

func (k *kept) close() (err error) {
	for _, c := range k.open {
		err = errors.Join(err, c.Close())
	}
	clear(k.open)
	return err
}

// verified returns an object that was verified: the open file itself, or one fetched again, with the same SHA-256.
func verified[T any](ctx context.Context, g *gathering, o lake.Object) (*parquetrows.Stored[T], error) {
	if s, ok := g.kept.open[o.Key].(*parquetrows.Stored[T]); ok {
		delete(g.kept.open, o.Key)
		return s, nil
	}
	return parquetrows.Open[T](ctx, g.o.Staging, o)
}
