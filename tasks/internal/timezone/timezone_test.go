package timezone_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/timezone"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := timezone.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// A host whose database says that Paris is New York, or that has one of its own for ZONEINFO, changes nothing.
func TestTheHostsDatabaseIsNotRead(t *testing.T) {
	if os.Getenv("ZONEINFO") != "" {
		paris, err := time.LoadLocation("Europe/Paris") // that the host's database is a wrong one in this process
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		if _, offset := at.In(paris).Zone(); offset != -4*3600 {
			t.Fatalf("the host's Paris is not New York: %d", offset)
		}
		if _, offset := at.In(zone(t, "Europe/Paris")).Zone(); offset != 2*3600 {
			t.Fatalf("Paris is %d seconds east of UTC in July 2026", offset)
		}
		if _, err := timezone.Load("Covers/Nowhere"); err == nil {
			t.Fatal("a zone that the host alone has is read")
		}
		return
	}
	host := t.TempDir()
	ours, err := os.ReadFile("zoneinfo.zip")
	if err != nil {
		t.Fatal(err)
	}
	data := entry(t, ours, "America/New_York")
	for _, name := range []string{"Europe/Paris", "Covers/Nowhere"} {
		path := filepath.Join(host, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestTheHostsDatabaseIsNotRead$", "-test.v")
	cmd.Env = append(os.Environ(), "ZONEINFO="+host)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

// The wall clocks that the zones' own laws say, of different kinds of rule.
func TestZones(t *testing.T) {
	for _, c := range []struct{ zone, utc, local string }{
		{"Europe/Paris", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59"},
		{"Europe/Paris", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"},
		{"Europe/Sofia", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00"},
		{"America/St_Johns", "2010-03-14T03:30:30Z", "2010-03-14T00:00:30"}, // the clocks went on at 00:01
		{"America/St_Johns", "2010-03-14T03:31:30Z", "2010-03-14T01:01:30"},
		{"Africa/Monrovia", "1972-01-06T12:00:00Z", "1972-01-06T11:15:30"}, // 44 minutes 30 seconds behind until 1972-01-07
		{"America/Asuncion", "2026-07-01T12:00:00Z", "2026-07-01T09:00:00"},
		{"Asia/Kathmandu", "2026-07-01T12:00:00Z", "2026-07-01T17:45:00"},
		{"UTC", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00"},
	} {
		at, err := time.Parse(time.RFC3339, c.utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := at.In(zone(t, c.zone)).Format("2006-01-02T15:04:05"); got != c.local {
			t.Errorf("%s at %s: %s, want %s", c.zone, c.utc, got, c.local)
		}
	}
	for _, name := range []string{"", "Local", "Europe/Londinium", "europe/paris", "../Europe/Paris", "Europe", "/Europe/Paris"} {
		if loc, err := timezone.Load(name); err == nil || !strings.Contains(err.Error(), timezone.Release) {
			t.Errorf("%q: %v, %v", name, loc, err)
		}
	}
	if one, again := zone(t, "Europe/Paris"), zone(t, "Europe/Paris"); one != again {
		t.Error("one zone is two")
	}
}

// A fingerprint is that of the rules and not of the name.
func TestFingerprint(t *testing.T) {
	paris := timezone.Fingerprint(zone(t, "Europe/Paris"))
	if len(paris) != 16 || paris != timezone.Fingerprint(zone(t, "Europe/Paris")) {
		t.Errorf("got %s", paris)
	}
	if timezone.Fingerprint(zone(t, "Asia/Calcutta")) != timezone.Fingerprint(zone(t, "Asia/Kolkata")) {
		t.Error("two names of one zone have two fingerprints")
	}
	seen := map[string]string{}
	for _, name := range []string{"Europe/Paris", "Europe/London", "Europe/Sofia", "America/New_York", "UTC", "Asia/Kolkata"} {
		f := timezone.Fingerprint(zone(t, name))
		if other, taken := seen[f]; taken {
			t.Errorf("%s and %s have one fingerprint", name, other)
		}
		seen[f] = name
	}
}

// The database is that of the Go which the copy was taken from, unchanged.
func TestTheCopyIsGos(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal("no Go here: ", err)
	}
	folder := filepath.Join(strings.TrimSpace(string(root)), "lib", "time")
	script, err := os.ReadFile(filepath.Join(folder, "update.bash"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(script), "\nDATA="+timezone.Release+"\n") {
		t.Skip("this Go has another release of the database: see whether it is newer, and take it with go generate")
	}
	theirs, err := os.ReadFile(filepath.Join(folder, "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile("zoneinfo.zip")
	if err != nil {
		t.Fatal(err)
	}
	if string(ours) != string(theirs) {
		t.Error("zoneinfo.zip is not Go's: run go generate")
	}
}
