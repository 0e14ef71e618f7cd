package step

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/replace"
)

// writeXCom writes the result to path where path's folder exists, in one step: a reader sees the old file or the new one.
// Airflow's sidecar reads it as another user.
func writeXCom(path string, line []byte) error {
	if path == "" {
		return nil
	}
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	if known := err == nil && info.IsDir(); !known {
		return nil // not under such an Airflow
	}
	if err = replace.File(path, line); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return fault.New(fault.Usage, "make "+folder+" writable", "write the result for Airflow: %w", err)
		}
		return fault.New(classOf(err), "run it again", "write the result for Airflow: %w", err)
	}
	return nil
}

// classOf keeps what the system says of an error (a full disk) and takes the rest for something that passes.
func classOf(err error) fault.Kind {
	if kind := fault.KindOf(err); kind != fault.Defect {
		return kind
	}
	return fault.Unavailable
}
