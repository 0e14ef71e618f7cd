//go:build !linux

package demo

import "os/exec"

// dieWithParent can do nothing here: only Linux stops a child with its parent.
func dieWithParent(*exec.Cmd) {}
