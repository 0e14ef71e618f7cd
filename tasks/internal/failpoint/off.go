//go:build !failpoints

// Package failpoint names the places where a step may be killed by a test. In a normal build Hit is empty and inlined away;
// with the build tag failpoints, COVERS_FAILPOINT=name kills the process (SIGKILL) when it reaches that place, name:3 at
// the third time. A call at every place between two effects that another process can see is what makes "killed anywhere"
// testable.
package failpoint

// Hit marks a place by its name, "step/place".
func Hit(string) {}
