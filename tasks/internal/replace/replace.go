// Package replace writes a file in one step: a reader has the old one or the new one, whole.
package replace

import (
	"io/fs"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// File writes a file that all may read, in one step: who reads it meanwhile, or after a kill, has the old one or the new one
// whole. Errors are the system's own.
func File(path string, content []byte) error { return write(path, content, 0o644) }

// Private writes a file as File does, for its user alone.
func Private(path string, content []byte) error { return write(path, content, 0o600) }

func write(path string, content []byte, mode fs.FileMode) error {
	// The file to come waits beside the old one: what the library would try first, the system's temporary folder, may be another
	// file system, and takes four more calls to find out. Airflow's sidecar reads the file as another user, whatever the umask
	// says.
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(mode))
	if err != nil {
		return err
	}
	defer func() { _ = f.Cleanup() }() // on failure the caller has the error that matters
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}
