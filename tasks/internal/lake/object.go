package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"math"
	"os"
	"syscall"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/store"
)

const nextCorrupt = "restore the object from the store's older versions or a backup, " +
	"or remove the manifest that names it and run its step again"

// OpenObject streams an object that a manifest names and verifies it on the way: the Read that meets the end returns io.EOF
// only when all bytes came and their size and SHA-256 are the manifest's. Otherwise it returns a data fault, so what was made of
// the bytes before must not be published until io.EOF was seen. A missing object is a data fault too.
func (z *Zone) OpenObject(ctx context.Context, o Object) (io.ReadCloser, error) {
	r, err := z.Open(ctx, o.Key)
	if err != nil {
		return nil, z.missingIsData(o, err)
	}
	return z.verifying(o, r), nil
}

// missingIsData says what it means that an object is missing which a manifest names.
func (z *Zone) missingIsData(o Object, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Data, nextCorrupt, "open object %s: a manifest names it and it is missing: %w", z.at(o.Key),
			fs.ErrNotExist)
	}
	return err
}

func (z *Zone) verifying(o Object, body io.ReadCloser) *verifier {
	return &verifier{object: o, at: z.at(o.Key), body: body, hash: sha256.New()}
}

// verifier compares what passes through it with what the manifest says.
type verifier struct {
	object Object
	at     string
	body   io.ReadCloser
	hash   hash.Hash
	size   int64
	end    error // once met
}

func (v *verifier) Read(p []byte) (int, error) {
	if v.end != nil {
		return 0, v.end
	}
	n, err := v.body.Read(p)
	v.size += int64(n)
	v.hash.Write(p[:n])
	switch {
	case v.size > v.object.Bytes:
		// What is too long is not read to its end.
		v.end = v.refuse("it is longer than its manifest's %d bytes", v.object.Bytes)
		return 0, v.end
	case err == nil:
		return n, nil
	}
	// A store's own checksum may refuse a changed object with an error of its own: that is corruption, not bad luck.
	whole := v.size == v.object.Bytes
	same := whole && hex.EncodeToString(v.hash.Sum(nil)) == v.object.SHA256
	switch {
	case err == io.EOF && same:
		v.end = io.EOF
	case err == io.EOF && !whole:
		v.end = v.refuse("it ends after %d bytes, its manifest says %d", v.size, v.object.Bytes)
	case whole && !same:
		v.end = v.refuse("its bytes are not those that its manifest names (SHA-256 differs)")
	default:
		v.end = err
	}
	return n, v.end
}

func (v *verifier) refuse(format string, args ...any) error {
	return fault.New(fault.Data, nextCorrupt, "read object %s: "+format, append([]any{v.at}, args...)...)
}

func (v *verifier) Close() error { return v.body.Close() }

// Local is a verified object as a local file, open for reading at any place.
type Local struct {
	*os.File
	Path string // for programs that want a name
	Size int64  // bytes
	copy bool
}

// Close closes the file, and removes it if it is a copy.
func (l *Local) Close() error {
	err := l.File.Close()
	if l.copy {
		err = errors.Join(err, os.Remove(l.Path))
	}
	return err
}

// Fetch returns a verified object as a local file: in a zone of local files the object itself, otherwise a copy in the
// system's folder for temporary files that Close removes. It reads the whole object. Errors are those of OpenObject.
func (z *Zone) Fetch(ctx context.Context, o Object) (*Local, error) {
	if err := store.CheckKey(o.Key); err != nil {
		return nil, err
	}
	if path, ok := z.store.Local(o.Key); ok {
		return z.fetchInPlace(ctx, o, path)
	}
	return z.fetchCopy(ctx, o)
}

func (z *Zone) fetchInPlace(ctx context.Context, o Object, path string) (*Local, error) {
	// A pipe in its place is opened without waiting for who writes into it.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, z.missingIsData(o, z.explain(ctx, "open", o.Key, err))
	}
	l := &Local{File: f, Path: path, Size: o.Bytes}
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, errors.Join(fault.New(fault.Data, nextCorrupt, "open object %s: it is no file", z.at(o.Key)), l.Close())
	}
	// What is hashed is the open file, whatever becomes of its name.
	whole := io.NopCloser(io.NewSectionReader(f, 0, math.MaxInt64))
	v := z.verifying(o, &reader{ctx: ctx, zone: z, key: o.Key, body: whole})
	if _, err := io.Copy(io.Discard, v); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (z *Zone) fetchCopy(ctx context.Context, o Object) (*Local, error) {
	r, err := z.OpenObject(ctx, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	f, err := os.CreateTemp("", "covers-object-*")
	if err != nil {
		return nil, z.explain(ctx, "copy", o.Key, err)
	}
	l := &Local{File: f, Path: f.Name(), Size: o.Bytes, copy: true}
	if _, err := io.Copy(f, r); err != nil {
		return nil, errors.Join(z.explain(ctx, "copy", o.Key, err), l.Close())
	}
	return l, nil
}
