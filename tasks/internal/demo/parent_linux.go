//go:build linux

package demo

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel stop the child when the demo ends in a way that lets it stop nothing itself (SIGKILL).
func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
