package step

import (
	"errors"
	"os"
	"path/filepath"
)

// ReplaceFile writes a file that all may read, in one step: who reads it meanwhile, or after a kill, has the old one or the new
// one whole. Errors are the system's own.
func ReplaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".covers-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
