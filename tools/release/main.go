// Command release makes what a tag releases for this machine's platform:
//
//	release -version 1.2.3 -sbom CYCLONEDX-GOMOD -out FOLDER
//
// It leaves an archive of the programs, with a bill of materials of each, and the archive's line for SHA256SUMS in a file beside
// it. It asks no network, but for Go modules that are not there yet. With -again it makes all of it twice, the second time from a
// copy of the sources in another folder, and fails unless both are the same bytes.
//
// What opens a warehouse in a file has DuckDB inside, which is C++: such a program is built on the machine that it is for, so
// that a release is made on a machine of each platform. All other programs are pure Go.
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	version := flag.String("version", "", "what the programs call themselves, `1.2.3`")
	sbom := flag.String("sbom", "", "cyclonedx-gomod's `program`")
	out := flag.String("out", "", "the `folder` for what is made")
	again := flag.Bool("again", false, "make it twice and compare")
	flag.Parse()
	if *version == "" || *sbom == "" || *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(64)
	}
	if err := run(*version, *sbom, *out, *again); err != nil {
		log.Fatal(err)
	}
}

func run(version, sbom, out string, again bool) error {
	name := fmt.Sprintf("covers_%s_%s_%s", strings.TrimPrefix(version, "v"), runtime.GOOS, runtime.GOARCH)
	archive, err := release{version: version, sbom: sbom, sources: "."}.archive(name)
	if err != nil {
		return err
	}
	if again {
		elsewhere, err := os.MkdirTemp("", "covers-release-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(elsewhere) }()
		if err := copyTracked(elsewhere); err != nil {
			return err
		}
		second, err := release{version: version, sbom: sbom, sources: elsewhere}.archive(name)
		if err != nil {
			return err
		}
		if !bytes.Equal(archive, second) {
			return errors.New("the sources in another folder make other bytes")
		}
	}
	if archive, err = compress(archive); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	file := name + ".tar.gz"
	if err := os.WriteFile(filepath.Join(out, file), archive, 0o644); err != nil {
		return err
	}
	line := fmt.Sprintf("%x  %s\n", sha256.Sum256(archive), file)
	return os.WriteFile(filepath.Join(out, file+".sha256"), []byte(line), 0o644)
}
