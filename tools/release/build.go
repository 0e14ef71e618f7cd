package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// release is what is made of some sources.
type release struct{ version, sbom, sources string }

// beside are the files that an archive has beside the programs.
var beside = []string{"CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "restaurants.yaml"}

// duckDB is the package of which a program with DuckDB inside is built.
const duckDB = "github.com/duckdb/duckdb-go/v2"

// archive makes an archive below a folder of the given name.
func (r release) archive(name string) ([]byte, error) {
	work, err := os.MkdirTemp("", "covers-release-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	programs, err := r.build(work)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, p := range programs {
		bill := filepath.Join(work, p+".cdx.json")
		// Equal programs have equal bills: no number and no time of its own.
		if err := r.run(nil, r.sbom, "bin", "-json", "-std", "-noserial", "-notimestamp", "-version", r.version, "-output", bill,
			filepath.Join(work, p)); err != nil {
			return nil, err
		}
		entries = append(entries, entry{name + "/" + p, filepath.Join(work, p), 0o755},
			entry{name + "/sbom/" + p + ".cdx.json", bill, 0o644})
	}
	for _, f := range beside {
		entries = append(entries, entry{name + "/" + f, filepath.Join(r.sources, f), 0o644})
	}
	return pack(entries)
}

// build builds all steps into a folder and returns their names. Only what needs cgo is built with it: what is not, runs whatever
// C library a machine has.
func (r release) build(into string) (programs []string, err error) {
	mains, err := filepath.Glob(filepath.Join(r.sources, "tasks", "*", "main.go"))
	if err != nil || mains == nil {
		return nil, fmt.Errorf("no programs in %s, %w", r.sources, err)
	}
	with := map[string][]string{}
	for _, m := range mains {
		p := filepath.Base(filepath.Dir(m))
		programs = append(programs, p)
		cgo, err := r.hasDuckDB(p)
		if err != nil {
			return nil, err
		}
		with[cgo] = append(with[cgo], "./tasks/"+p)
	}
	for _, cgo := range []string{"0", "1"} {
		args := slices.Concat([]string{"build", "-trimpath", "-buildvcs=false",
			"-ldflags", "-s -w -buildid= -X covers/tasks/internal/step.Version=" + r.version, "-o", into + "/"}, with[cgo])
		if err := r.run([]string{"CGO_ENABLED=" + cgo}, "go", args...); err != nil {
			return nil, err
		}
	}
	return programs, nil
}

// hasDuckDB returns what CGO_ENABLED a program wants.
func (r release) hasDuckDB(program string) (string, error) {
	list := exec.Command("go", "list", "-deps", "./tasks/"+program)
	list.Dir, list.Env, list.Stderr = r.sources, append(os.Environ(), "CGO_ENABLED=1"), os.Stderr
	out, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("list what %s is made of: %w", program, err)
	}
	if slices.Contains(strings.Fields(string(out)), duckDB) {
		return "1", nil
	}
	return "0", nil
}

func (r release) run(env []string, name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Dir, c.Env, c.Stderr = r.sources, append(os.Environ(), env...), os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(name), args[0], err)
	}
	return nil
}

// copyTracked copies the files that git tracks, as they are now.
func copyTracked(to string) error {
	list, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		return fmt.Errorf("list the sources: %w", err)
	}
	for _, name := range strings.Split(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		if err := copyFile(name, filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}
