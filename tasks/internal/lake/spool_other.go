//go:build !linux

package lake

import "os"

func unnamedFile(string) (*os.File, error) { return nil, errNoUnnamed }

func linkUnnamed(*os.File, string) error { return errNoUnnamed }
