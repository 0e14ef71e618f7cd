package store

import (
	"context"
	"errors"
	"io"

	"github.com/aws/smithy-go"

	"covers/tasks/internal/fault"
)

const nextConditional = "use a store that heeds If-None-Match on a PUT, as Amazon S3 does; `lake check` tells it of a zone before"

// prove puts the first object that the store took once more, as if it were new: a store that heeds If-None-Match refuses it, and
// one that takes it has twice the same bytes. So no right is needed beyond that of the object, and nothing is left. It costs a
// request in a process, and none where a create was refused before. A second time makes sure that nobody deleted the object
// meanwhile. An answer that says neither is left to the next create.
func (s *bucketStore) prove(ctx context.Context, key string, body io.ReadSeeker, writer string) error {
	if s.proven.Load() {
		return nil
	}
	var refused error
	for try := 0; try < 2 && refused == nil; try++ {
		refused = s.put(ctx, key, body, writer, true)
	}
	s.proven.Store(refusedAsTaken(refused))
	if refused == nil {
		return fault.New(fault.Usage, nextConditional,
			"the store took a second object under a taken key, although asked not to (If-None-Match: *), "+
				"so the later of two attempts would win")
	}
	return nil
}

// refusedAsTaken reports whether a store says that a key is taken, or that another write of it is under way.
func refusedAsTaken(err error) bool {
	var e smithy.APIError
	return errors.As(err, &e) && (e.ErrorCode() == "PreconditionFailed" || e.ErrorCode() == "ConditionalRequestConflict")
}
