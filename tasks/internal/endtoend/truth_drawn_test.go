package endtoend

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawable are the kinds of a scenario's rules, with keys that each may have beside the usual ones.
var drawable = []struct {
	kind string
	keys []string // to draw one of
	not  string   // a route that it has not, of list, record and token
}{
	{"too_many_requests", []string{"retry_after: 1s", "form: date, retry_after: 1s", ""}, ""},
	{"server_error", []string{"status: 500", "status: 502, form: gateway", "status: 503, retry_after: 1s",
		"status: 504, form: gateway"}, ""},
	{"slow", []string{"delay: 5ms"}, ""},
	{"cut", nil, ""},
	{"too_long", nil, ""},
	{"too_short", nil, ""},
	{"gzip_broken", nil, ""},
	{"gzip_cut", nil, ""},
	{"reset", nil, ""},
	{"html", nil, ""},
	{"empty", nil, ""},
	{"revoked", []string{"form: gateway", "form: api"}, "token"},
	{"not_found", []string{"form: api", "form: gateway"}, "list token"},
	{"moved", []string{"per_page: 1", "per_page: 3", "per_page: 5"}, "token"},
	{"removed", []string{"per_page: 1", "per_page: 2"}, "token"},
	{"added", []string{"per_page: 1", "per_page: 3"}, "record token"},
	{"late", []string{"per_page: 1", "per_page: 3"}, "record token"},
	{"restarted", []string{"platform: opentable", "platform: opentable, per_page: 3"}, "record token"},
	{"same_version", []string{"per_page: 1", "per_page: 3"}, "record token"},
	{"extra_field", []string{"per_page: 1", "heal_after: 2"}, "record token"},
	{"new_type", []string{"form: text", "form: object", "form: text, heal_after: 2", "form: object, per_page: 2, heal_after: 1"},
		"record token"},
}

// Every kind of fault that mockapi knows can be drawn.
func TestEveryKindOfFaultIsDrawn(t *testing.T) {
	known := map[string]bool{}
	for _, kind := range faults() {
		known[kind] = true
	}
	for _, d := range drawable {
		if !known[d.kind] {
			t.Errorf("mockapi does not know %s", d.kind)
		}
		delete(known, d.kind)
	}
	if len(known) > 0 {
		t.Errorf("never drawn: %v", known)
	}
}

// scenarios draws the text of a scenario's file: up to six rules of any kind.
var scenarios = rapid.Custom(func(t *rapid.T) string {
	var b strings.Builder
	fmt.Fprintf(&b, "about: drawn\nseed: %d\nrules:\n", rapid.Uint32().Draw(t, "seed"))
	for range rapid.IntRange(1, 6).Draw(t, "rules") {
		d := rapid.SampledFrom(drawable).Draw(t, "kind")
		fmt.Fprintf(&b, "  - {kind: %s", d.kind)
		if d.keys != nil {
			if keys := rapid.SampledFrom(d.keys).Draw(t, "keys"); keys != "" {
				b.WriteString(", " + keys)
			}
		}
		if d.kind != "restarted" && rapid.Bool().Draw(t, "one platform") {
			fmt.Fprintf(&b, ", platform: %s", rapid.SampledFrom([]string{"opentable", "thefork"}).Draw(t, "platform"))
		}
		route := rapid.SampledFrom([]string{"list", "record", "token", ""}).Draw(t, "route")
		if route != "" && !strings.Contains(d.not, route) {
			fmt.Fprintf(&b, ", route: %s", route)
		}
		if route != "token" && rapid.Bool().Draw(t, "one kind") {
			fmt.Fprintf(&b, ", records: %s", rapid.SampledFrom([]string{"reservation", "customer"}).Draw(t, "records"))
		}
		fmt.Fprintf(&b, ", after: %d, every: %d, times: %d", rapid.IntRange(0, 8).Draw(t, "after"),
			rapid.IntRange(1, 5).Draw(t, "every"), rapid.IntRange(1, 8).Draw(t, "times"))
		if rapid.Bool().Draw(t, "some") {
			b.WriteString(", share: 0.4")
		}
		b.WriteString("}\n")
	}
	return b.String()
})

// The same of scenarios that are drawn. -rapid.checks and -rapid.seed say how many and from which number on; without them a
// few, and with FULL=1 in the environment more.
func TestDrawnScenariosEndInTheTruth(t *testing.T) {
	first, n := 1, 2
	if os.Getenv("FULL") == "1" {
		n = 40
	}
	flag.Visit(func(f *flag.Flag) {
		given, _ := strconv.Atoi(f.Value.String()) // rapid looked at it
		switch f.Name {
		case "rapid.checks":
			n = given
		case "rapid.seed":
			first = given
		}
	})
	b := newBefore(t)
	for seed := first; seed < first+n; seed++ {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "drawn.yaml")
			text := scenarios.Example(seed)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			did := b.clone(t).endsInTheTruth(b, path)
			t.Logf("%sdid %v", text, did.Injected)
		})
	}
}
