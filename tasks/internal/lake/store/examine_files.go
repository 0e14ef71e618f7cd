package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// examine implements Store: what a folder alone can have.
func (s *Files) examine(context.Context, string) []Finding {
	defer s.forsake()
	return []Finding{s.letters(), s.readers()}
}

// letters tells whether names that differ in case alone are one.
func (s *Files) letters() Finding {
	const what = "case of names"
	dir := filepath.Join(s.root, spoolDir)
	name := filepath.Join(dir, "case-"+s.machine.Name(nameBytes))
	err := errors.Join(s.makeDirs(dir), os.WriteFile(name, nil, fileMode))
	if err != nil {
		return findingOf(what, err)
	}
	_, err = os.Lstat(filepath.Join(dir, "CASE"+filepath.Base(name)[len("case"):]))
	if e := os.Remove(name); e != nil {
		return findingOf(what, e)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return Finding{What: what, Verdict: Right, Says: "capitals and small letters are told apart"}
	}
	return Finding{What: what, Verdict: Note, Says: "names that differ in case alone are one here",
		Next: "give sources in restaurants.yaml ids that differ in more"}
}

// readers tells who may read the folder beside its owner and group: raw holds personal data.
func (s *Files) readers() Finding {
	const what = "readers"
	info, err := os.Stat(s.root)
	if err != nil {
		return findingOf(what, err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return Finding{What: what, Verdict: Note, Next: "chmod o= " + s.root,
			Says: fmt.Sprintf("all users of this machine may look into the folder (%s)", info.Mode().Perm())}
	}
	return Finding{What: what, Verdict: Right, Says: "owner and group alone may look into the folder"}
}

// forsake removes the folders that an examination made and left empty.
func (s *Files) forsake() {
	for _, dir := range []string{checkPrefix, spoolDir} {
		_ = os.Remove(filepath.Join(s.root, dir)) // one that is in use is not empty
	}
}

// examine implements Store.
func (s *memory) examine(context.Context, string) []Finding { return nil }
