package validate

import (
	"context"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
)

// stream is the rows of one kind on their way into one object of the result.
type stream[T any] struct {
	*parquetrows.Writer[T]
	batch []T // rows that are not written yet; it is used again for the next ones
}

// rows is a stream of whatever kind.
type rows interface {
	flush() error
	Close(ctx context.Context, objects []lake.Object) ([]lake.Object, error)
	Abort()
}

func newStream[T any](a *lake.Attempt, kind, prefix string) *stream[T] {
	return &stream[T]{Writer: parquetrows.NewWriter[T](a, kind, prefix)}
}

// next adds an empty row and returns it to be filled in, before the next one is added.
func (s *stream[T]) next() *T {
	var empty T
	s.batch = append(s.batch, empty)
	return &s.batch[len(s.batch)-1]
}

// takeBack removes the row that next added last.
func (s *stream[T]) takeBack() { s.batch = s.batch[:len(s.batch)-1] }

// flush writes the rows added since the last time.
func (s *stream[T]) flush() error {
	err := s.Write(s.batch)
	s.batch = s.batch[:0]
	return err
}
