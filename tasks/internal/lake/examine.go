package lake

import (
	"context"

	"covers/tasks/internal/lake/store"
	"covers/tasks/internal/machine"
)

// Finding is what an examination found of one property of a zone; Verdict says whether it is right.
type (
	Finding = store.Finding
	Verdict = store.Verdict
)

// The verdicts.
const (
	Right   = store.Right
	Wrong   = store.Wrong
	Note    = store.Note
	Unknown = store.Unknown
)

// Examine tries whether a zone has what the promises rest on. It leaves nothing behind, and makes no folder that is missing. That
// a zone cannot be opened is an error.
func Examine(ctx context.Context, m machine.Machine, rawURL string) (findings []Finding, err error) {
	z, err := OpenThere(ctx, m, rawURL)
	if err != nil {
		return nil, err
	}
	return store.Examine(ctx, z.store, m), z.Close()
}
