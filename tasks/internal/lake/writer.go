package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/store"
)

// renewAfter is the age from which an object that is there already is stored anew, so that tidying, which goes by age,
// does not take it away between now and the manifest that will name it.
const renewAfter = 24 * time.Hour

// ObjectWriter gathers a data object in a file, hashing on the way. It holds nothing in memory. It is for one goroutine.
type ObjectWriter struct {
	attempt           *Attempt
	kind, prefix, ext string
	spool             *store.Spool
	hash              hash.Hash
	size              int64
	err               error // of a write: the object is lost
}

// NewObject begins a data object that will be stored as <prefix><kind>-<sha256>.<ext>. prefix is "" or ends in a slash.
func (a *Attempt) NewObject(kind, prefix, ext string) (*ObjectWriter, error) {
	w := &ObjectWriter{attempt: a, kind: kind, prefix: prefix, ext: ext, hash: sha256.New()}
	if err := store.CheckKey(w.key()); err != nil {
		return nil, err
	}
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		return nil, fault.New(fault.Defect, "", "begin object: prefix %q does not end in a slash", prefix)
	}
	var err error
	if w.spool, err = a.zone.store.NewSpool(); err != nil {
		return nil, a.zone.explain(context.Background(), "begin an object in", prefix, err)
	}
	return w, nil
}

func (w *ObjectWriter) key() string {
	return w.prefix + w.kind + "-" + hex.EncodeToString(w.hash.Sum(nil)) + "." + w.ext
}

// Write implements io.Writer. A full disk is a temporary fault.
func (w *ObjectWriter) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if w.spool == nil {
		return 0, fault.New(fault.Defect, "", "write object: it was committed or aborted")
	}
	n, err := w.spool.Write(p)
	w.hash.Write(p[:n])
	w.size += int64(n)
	if err != nil {
		w.err = w.attempt.zone.explain(context.Background(), "write an object in", w.prefix, err)
	}
	return n, w.err
}

// Size returns the bytes written so far.
func (w *ObjectWriter) Size() int64 { return w.size }

// Commit stores the object and describes it for the manifest: records is its lines or rows, firstLine the number of its
// first line among the reading's lines of the kind (raw only, else 0). The same content stored before is fine. After Commit,
// whatever came of it, the writer is used up.
func (w *ObjectWriter) Commit(ctx context.Context, records, firstLine int64) (Object, error) {
	defer w.Abort()
	if w.err != nil {
		return Object{}, w.err
	}
	if w.spool == nil {
		return Object{}, fault.New(fault.Defect, "", "commit object: it was committed or aborted")
	}
	failpoint.Hit("lake/object-spooled")
	o := Object{
		Key: w.key(), Kind: w.kind, Records: records, FirstLine: firstLine,
		Bytes: w.size, SHA256: hex.EncodeToString(w.hash.Sum(nil)),
	}
	z := w.attempt.zone
	err := z.explain(ctx, "create", o.Key, z.store.Create(ctx, o.Key, w.spool))
	if errors.Is(err, ErrExists) {
		err = w.confirm(ctx, o)
	}
	if err != nil {
		return Object{}, err
	}
	failpoint.Hit("lake/object-stored")
	return o, nil
}

// confirm makes sure that the object there is whole and young. Its key promises these very bytes, so storing them again
// can only mend it.
func (w *ObjectWriter) confirm(ctx context.Context, o Object) error {
	z := w.attempt.zone
	e, err := z.Stat(ctx, o.Key)
	if err != nil {
		return err
	}
	old := w.attempt.now().Sub(e.ModTime) > renewAfter
	err = z.verify(ctx, o)
	switch {
	case err == nil && !old:
		return nil
	case err != nil && fault.KindOf(err) != fault.Data:
		return err
	case err != nil:
		zerolog.Ctx(ctx).Warn().Str("object", z.at(o.Key)).Msg("an object was corrupt and is stored anew")
	}
	return z.explain(ctx, "store anew", o.Key, z.store.Replace(ctx, o.Key, w.spool))
}

// verify reads an object to its end.
func (z *Zone) verify(ctx context.Context, o Object) error {
	r, err := z.OpenObject(ctx, o)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.Copy(io.Discard, r); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	return nil
}

// Abort gives up the object and removes its file. After Commit it does nothing.
func (w *ObjectWriter) Abort() {
	if w.spool == nil {
		return
	}
	// The file holds nothing that anybody needs; a failure to close it changes nothing for the caller.
	_ = w.spool.Drop()
	w.spool = nil
}
