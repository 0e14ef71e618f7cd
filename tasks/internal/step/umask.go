//go:build unix

package step

import "syscall"

// private takes the rights of all other users from whatever this process makes from now on: libraries, as DuckDB, ask the system
// for the widest. Who runs the program may take more away, by a stricter umask of their own.
func private() { syscall.Umask(syscall.Umask(0o777) | 0o027) }
