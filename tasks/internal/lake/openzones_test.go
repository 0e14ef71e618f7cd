package lake

import (
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

func TestOpenZones(t *testing.T) {
	raw, processed := "file://"+t.TempDir(), "mem://"+t.Name()
	zones, err := OpenZones(t.Context(), machine.This(), raw, "", processed)
	if err != nil {
		t.Fatal(err)
	}
	if len(zones) != 3 || zones[0].URL() != raw || zones[1] != nil || zones[2].URL() != processed {
		t.Errorf("opened %v", zones)
	}
	if err := zones.Close(); err != nil {
		t.Fatal(err)
	}
	if !zones[0].closed.Load() || !zones[2].closed.Load() {
		t.Error("a zone is open")
	}
}

// TestOpenZonesTellsTheFirst: of two URLs that are wrong it is always the same one.
func TestOpenZonesTellsTheFirst(t *testing.T) {
	for range 50 {
		zones, err := OpenZones(t.Context(), machine.This(), "mem://"+t.Name(), "ftp://staging", "file://relative")
		if zones != nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), `scheme "ftp" is not known`) {
			t.Fatalf("%v, %v", zones, err)
		}
	}
}
