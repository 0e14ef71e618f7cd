package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/store"
)

// ErrExists says that the key of a Create is taken.
var ErrExists = store.ErrExists

// explain adds address and kind to a store's error. ErrExists stays as it is, a missing object becomes
// fs.ErrNotExist: what those mean is the caller's to say.
func (z *Zone) explain(ctx context.Context, action, key string, err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return fmt.Errorf("%s %s: %w", action, z.at(key), err)
	case errors.Is(err, ErrExists):
		return fmt.Errorf("%s %s: %w", action, z.at(key), ErrExists)
	case store.IsMissing(err):
		return fmt.Errorf("%s %s: %w", action, z.at(key), fs.ErrNotExist)
	case ctx.Err() != nil:
		return fmt.Errorf("%s %s: %w", action, z.at(key), ctx.Err())
	}
	kind, next := store.KindOf(err)
	if errors.Is(err, io.EOF) {
		// A connection that ends before its answer is not the end of an object: nobody must find an io.EOF in here.
		err = errors.New(err.Error())
	}
	return fault.New(kind, next, "%s %s: %w", action, z.at(key), err)
}

// IsUnreadable reports whether an error is of an object itself, which is damaged or of a newer program: it stays so however
// often it is read.
func IsUnreadable(err error) bool {
	kind := fault.KindOf(err)
	return err != nil && (kind == fault.Data || kind == fault.Usage)
}
