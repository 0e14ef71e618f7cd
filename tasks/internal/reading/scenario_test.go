//go:build unix

package reading

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
)

// The programs of the simulated platforms, built, and a small world of theirs.
type simulated struct{ bin, data string }

const scenarioDay = "2026-03-28"

func newSimulated(t *testing.T) simulated {
	t.Helper()
	s := simulated{t.TempDir(), "file://" + t.TempDir()}
	if out, err := exec.Command("go", "build", "-o", s.bin+"/", "../../generate", "../../mockapi").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, day := range []string{"2026-03-27", scenarioDay} {
		run := exec.Command(filepath.Join(s.bin, "generate"), "--day", day, "--out", s.data, "--records", "60", "--defects", "0",
			"--restaurants", "../../../restaurants.yaml")
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return s
}

// serve starts mockapi; scenario is a file or a name, empty for none.
func (s simulated) serve(t *testing.T, scenario string, flags ...string) (url string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "url")
	cmd := exec.Command(filepath.Join(s.bin, "mockapi"), "--data", s.data, "--listen", "127.0.0.1:0", "--url-file", file,
		"--restaurants", "../../../restaurants.yaml")
	cmd.Args = append(cmd.Args, flags...)
	if scenario != "" {
		cmd.Args = append(cmd.Args, "--scenario", scenario)
	}
	cmd.Env = append(os.Environ(), "COVERS_OPENTABLE_CLIENT_ID=id", "COVERS_OPENTABLE_CLIENT_SECRET=secret",
		"COVERS_THEFORK_CLIENT_ID=id", "COVERS_THEFORK_CLIENT_SECRET=secret")
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	for {
		if text, err := os.ReadFile(file); err == nil {
			return strings.TrimSpace(string(text))
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("mockapi ended: %v\n%s", err, log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// against is a rig whose platform is at a URL.
func against(t *testing.T, src, url string) *rig {
	t.Helper()
	registry, err := source.Load("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := registry.Source(src)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := lake.Open(t.Context(), machine.This(), fmt.Sprintf("mem://extract-%d", zones.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	s.Access.APIURL, s.Access.AuthURL, s.Access.RequestsPerSecond, s.Access.PageSize = url, url, 0, 10
	if s.Platform == reservation.TheFork {
		s.Access.APIURL += thefork.BasePath
	}
	clock := platformtest.NewClock(time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC))
	return &rig{clock: clock, o: Options{
		Source: s, Day: scenarioDay, By: lake.ByUpdated, Raw: raw, MaxSweeps: 6, InFlight: 4, Program: "test", ClientID: "id",
		Secret:  "secret",
		Machine: clock.Machine(),
	}}
}

// told is what mockapi says it did.
type told struct {
	Over     bool
	Injected map[string]int64
	Changes  []struct {
		Kind, Platform, Records, ID string
		From, To                    *struct{}
	}
}

func ask(t *testing.T, url string) (out told) {
	t.Helper()
	res, err := http.Get(url + "/scenario")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(body, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// idOf is the id that a platform gives a record.
func idOf(t *testing.T, record []byte) string {
	t.Helper()
	var r struct{ ID, ReservationUUID, CustomerUUID string }
	if err := json.Unmarshal(record, &r); err != nil {
		t.Fatal(err)
	}
	if r.ReservationUUID != "" {
		return r.ReservationUUID
	}
	return r.ID + r.CustomerUUID // one of them
}

// read returns the records of a kind that a reading has, by id: all contents.
func (r *rig) read(t *testing.T, out Outcome, kind string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, line := range r.lines(t, out, kind) {
		id := idOf(t, line.Record)
		found[id] = append(found[id], string(line.Record))
	}
	return found
}

var scenarioSources = []string{"opentable/101", "thefork/101", "thefork/group-main"}

func TestScenarios(t *testing.T) {
	sim := newSimulated(t)
	t.Run("built in", func(t *testing.T) { builtIn(t, sim) })
	t.Run("moving records", func(t *testing.T) { movingRecords(t, sim) })
}

// builtIn runs an extraction against every scenario that mockapi has built in. What passes is waited out: the reading is
// published, stable, and has all that stayed in the list, and for OpenTable every version that is there at the end. What
// does not pass leaves nothing.
func builtIn(t *testing.T, sim simulated) {
	refused := map[string]fault.Kind{"outage": fault.Unavailable, "closed": fault.Temporary, "locked_out": fault.Denied}
	quiet := sim.serve(t, "")
	before := map[string]map[string]map[string][]string{} // by source and kind
	for _, src := range scenarioSources {
		r := against(t, src, quiet)
		out := mustRun(t, r)
		before[src] = map[string]map[string][]string{}
		for _, kind := range r.o.Source.Kinds {
			if before[src][kind] = r.read(t, out, kind); len(before[src][kind]) < 30 {
				t.Fatalf("%s %s: only %d records", src, kind, len(before[src][kind]))
			}
		}
	}
	for _, name := range sim.scenarios(t) {
		t.Run(name, func(t *testing.T) {
			url := sim.serve(t, name)
			had := map[string]int64{}
			for _, src := range scenarioSources {
				r := against(t, src, url)
				out, err := r.run(t, t.Context())
				did := ask(t, url)
				if maps.Equal(did.Injected, had) != notFor(name, src) {
					t.Errorf("%s: it did %v, and before %v", src, did.Injected, had)
				}
				had = did.Injected
				if kind, ok := refused[name]; ok {
					if fault.KindOf(err) != kind || len(r.left(t)) > 0 {
						t.Errorf("%s: want kind %d and nothing left, got %v, %v", src, kind, err, r.left(t))
					}
					continue
				}
				if err != nil {
					t.Fatalf("%s: %v; it did %v", src, err, did.Injected)
				}
				if !out.Reading.Stable {
					t.Errorf("%s: not stable after %v sweeps", src, out.Sweeps)
				}
				holdReading(t, r, out, before[src], did)
			}
		})
	}
}

// notFor reports whether a scenario is not about a source: TheFork has no sequence, OpenTable is not asked for single records,
// and nobody here takes what is pushed.
func notFor(name, src string) bool {
	if strings.HasPrefix(name, "push_") {
		return true
	}
	if strings.HasPrefix(src, "opentable/") {
		return slices.Contains([]string{"gone", "not_found", "not_found_gateway", "revoked_api"}, name)
	}
	return name == "restarted"
}

// holdReading holds a reading against what was there before and what is there now.
func holdReading(t *testing.T, r *rig, out Outcome, before map[string]map[string][]string, did told) {
	t.Helper()
	after := against(t, r.o.Source.ID, r.o.Source.Access.AuthURL)
	var truth Outcome
	later := map[string]bool{} // changed after the reading
	if r.o.Source.Platform == reservation.OpenTable {
		var end told
		for range 20 {
			if truth = mustRun(t, after); end.Over {
				break
			}
			end = ask(t, after.o.Source.Access.AuthURL)
		}
		if !end.Over {
			t.Fatal("the scenario goes on")
		}
		for _, c := range end.Changes[len(did.Changes):] {
			later[c.ID] = true
		}
	}
	for _, kind := range r.o.Source.Kinds {
		has := r.read(t, out, kind)
		touched, removed := map[string]bool{}, map[string]bool{}
		for _, c := range did.Changes {
			if c.Platform == r.o.Source.Platform && c.Records == kind {
				touched[c.ID] = true
				removed[c.ID] = removed[c.ID] || c.To == nil
			}
		}
		for id, was := range before[kind] {
			switch {
			case removed[id]:
			case has[id] == nil:
				t.Errorf("%s %s is lost", kind, id)
			case !touched[id] && !slices.Equal(has[id], was):
				t.Errorf("%s %s is %q, want %q", kind, id, has[id], was)
			}
		}
		if r.o.Source.Platform != reservation.OpenTable {
			continue // what changed later belongs to a later reading
		}
		for id, now := range after.read(t, truth, kind) {
			if !later[id] && !slices.Contains(has[id], now[len(now)-1]) {
				t.Errorf("%s %s: its last version is not in the reading", kind, id)
			}
		}
	}
}

// scenarios returns the names of those that are built in.
func (s simulated) scenarios(t *testing.T) (names []string) {
	t.Helper()
	line, err := exec.Command(filepath.Join(s.bin, "mockapi"), "scenarios").Output()
	var result struct{ Details []struct{ Name string } }
	if err == nil {
		err = json.Unmarshal(line, &result)
	}
	if err != nil || len(result.Details) < 20 {
		t.Fatalf("%v: %s", err, line)
	}
	for _, d := range result.Details {
		names = append(names, d.Name)
	}
	return names
}

// movingRecords: with five changes between each two pages one way through a list loses records in every run; a reading
// loses none.
func movingRecords(t *testing.T, sim simulated) {
	quiet := sim.serve(t, "")
	for _, src := range scenarioSources {
		undisturbed := against(t, src, quiet)
		all := mustRun(t, undisturbed)
		before := map[string]map[string][]string{}
		for _, kind := range undisturbed.o.Source.Kinds {
			before[kind] = undisturbed.read(t, all, kind)
		}
		for seed := range 4 {
			path := filepath.Join(t.TempDir(), "moving.yaml")
			text := fmt.Sprintf("about: moving\nseed: %d\nrules:\n  - {kind: moved, per_page: 5, times: 16}\n", seed)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			sort := []string{"oldest", "newest"}[seed%2]
			flags := []string{"--opentable-sort", sort, "--thefork-sort", sort}
			once := against(t, src, sim.serve(t, path, flags...))
			losses := map[string]int{}
			for _, kind := range once.o.Source.Kinds {
				met := sweepOnce(t, once, kind)
				for id := range before[kind] {
					if !met[id] {
						losses[kind]++
					}
				}
				if losses[kind] == 0 {
					t.Errorf("seed %d, %s: a single sweep lost no %s", seed, src, kind)
				}
			}
			url := sim.serve(t, path, flags...)
			r := against(t, src, url)
			out := mustRun(t, r)
			did := ask(t, url)
			t.Logf("seed %d, %s, %s first: a single sweep lost %v; %v sweeps and %d changes lost none", seed, src, sort, losses,
				out.Sweeps, len(did.Changes))
			if !out.Reading.Stable || len(did.Changes) == 0 {
				t.Errorf("seed %d, %s: %d changes, stable: %t", seed, src, len(did.Changes), out.Reading.Stable)
			}
			holdReading(t, r, out, before, did)
		}
	}
}

// sweepOnce goes through a list once, with the platform's own client, and gives the ids that it met.
func sweepOnce(t *testing.T, r *rig, kind string) map[string]bool {
	t.Helper()
	met := map[string]bool{}
	settings := platform.Settings{
		APIURL: r.o.Source.Access.APIURL, AuthURL: r.o.Source.Access.AuthURL, Credential: "x", Machine: r.clock.Machine(),
		PageSize: 10,
	}
	if r.o.Source.Platform == reservation.OpenTable {
		c, err := opentable.NewClient(settings, "id", "secret")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		l := opentable.List{Kind: kind, RID: r.o.Source.RID, UpdatedAfter: time.Date(2026, 3, 27, 23, 0, 0, 0, time.UTC)}
		if err := c.Pages(context.Background(), l, func(b opentable.Batch) error {
			for _, record := range b.Records {
				met[idOf(t, record)] = true
			}
			return nil
		}, nil); err != nil {
			t.Fatal(err)
		}
		return met
	}
	c, err := thefork.NewClient(settings, "id", "secret")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l := thefork.List{
		Kind: kind, RestaurantUUID: r.o.Source.RestaurantUUID, GroupUUID: r.o.Source.GroupUUID, FilterBy: thefork.ByUpdatedDate,
		Start: "2026-03-27", End: "2026-03-29",
	}
	if err := c.Pages(context.Background(), l, func(b thefork.Batch) error {
		for _, id := range b.IDs {
			met[id] = true
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return met
}
