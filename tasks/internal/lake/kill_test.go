package lake

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"covers/tasks/internal/lake/laketest"
)

// A publisher is killed at every named place, then another one comes: at each moment readers see nothing or the whole
// reading, and in the end the same as if nobody had been killed.
func TestKilledPublishers(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "publisher")
	if out, err := exec.Command("go", "build", "-tags", "failpoints", "-o", binary,
		"./testdata/publisher").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	s3 := laketest.S3(t)
	places := []string{
		"lake/object-spooled", "lake/object-spooled:2", "lake/object-stored", "lake/object-stored:2",
		"lake/manifest-before", "lake/manifest-stored",
	}
	for _, place := range places {
		for _, url := range []string{"file://" + filepath.Join(t.TempDir(), "zone"),
			strings.Replace(s3, "/zone?", "/"+unique("z")+"?", 1)} {
			t.Run(place+" "+url[:4], func(t *testing.T) {
				t.Setenv("TMPDIR", t.TempDir())
				_, err := publisher(binary, url, place)
				var exit *exec.ExitError
				if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
					t.Fatalf("the publisher was not killed: %v", err)
				}
				z := openZone(t, url)
				want := 0
				if place == "lake/manifest-stored" {
					want = 1
				}
				wholeReadings(t, z, want)
				if got := leftovers(t, z); len(got) > 0 {
					t.Errorf("left: %v", got)
				}
				for i := range 2 {
					out, err := publisher(binary, url, "")
					need(t, err)
					if won := fmt.Sprint(want == 0 && i == 0); strings.TrimSpace(out) != won {
						t.Errorf("publisher %d after it: won is %s, want %s", i, out, won)
					}
					wholeReadings(t, z, 1)
				}
				if got := keys(t, z, ""); len(got) != 3 {
					t.Errorf("the zone holds %v", got)
				}
			})
		}
	}
}

func publisher(binary, url, failpoint string) (string, error) {
	cmd := exec.Command(binary, url)
	cmd.Env = append(os.Environ(), "COVERS_FAILPOINT="+failpoint)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return string(out), err
}

func wholeReadings(t *testing.T, z *Zone, n int) {
	t.Helper()
	found, err := Readings(t.Context(), z, "opentable/101", "2026-03-27")
	need(t, err)
	if len(found) != n {
		t.Fatalf("readers see %d readings, want %d", len(found), n)
	}
	for _, f := range found {
		for _, o := range f.Manifest.Objects {
			need(t, z.verify(t.Context(), o))
		}
	}
}
