package transform

import (
	"context"
	"errors"
	"io"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
)

// kept are objects that were verified and stay open until they are copied, by key, so that each is fetched once.
type kept map[string]io.Closer

// mostKept bounds how many files are open. On disk, as copies, are never more bytes than the day's.
const mostKept = 200

// put keeps an object, or closes it where there are too many: then it is fetched again.
func (k kept) put(key string, c io.Closer) error {
	if _, twice := k[key]; twice || len(k) >= mostKept {
		return c.Close()
	}
	k[key] = c
	return nil
}

func (k kept) close() (err error) {
	for _, c := range k {
		err = errors.Join(err, c.Close())
	}
	clear(k)
	return err
}

// verified returns an object that was verified: the open file itself, or one fetched again, with the same SHA-256.
func verified[T any](ctx context.Context, g *gathering, o lake.Object) (*parquetrows.Stored[T], error) {
	if s, ok := g.kept[o.Key].(*parquetrows.Stored[T]); ok {
		delete(g.kept, o.Key)
		return s, nil
	}
	return parquetrows.Open[T](ctx, g.o.Staging, o)
}
