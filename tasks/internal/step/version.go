package step

import "runtime/debug"

// Version is set when a program is built: -ldflags "-X covers/tasks/internal/step.Version=1.2.3".
var Version string

// version is Version; failing that the revision that the Go tool recorded, shortened, with "+dirty" for a changed work tree;
// failing that "dev".
func version() string {
	if Version != "" {
		return Version
	}
	revision, dirty := "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				revision = s.Value[:min(len(s.Value), 12)]
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = "+dirty"
			}
		}
	}
	if revision == "" {
		return "dev"
	}
	return revision + dirty
}
