package step

import "covers/tasks/internal/replace"

// ReplaceFile is replace.File.
func ReplaceFile(path string, content []byte) error { return replace.File(path, content) }
