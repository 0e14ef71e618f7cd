//go:build !unix

package step

func private() {} // there is no umask
