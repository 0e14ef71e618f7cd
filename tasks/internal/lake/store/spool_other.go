//go:build !linux

package store

import "os"

func unnamedFile(string) (*os.File, error) { return nil, ErrNoUnnamed }

func linkUnnamed(*os.File, string) error { return ErrNoUnnamed }
