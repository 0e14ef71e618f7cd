package endtoend

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// merges are what becomes of the bookings of a guest who is merged into another.
var merges = []string{"stay", "move"}

// The platforms behave in each way that their documentation says, or leaves open, in many combinations. Guests are merged in
// chains, hidden and forgotten. After three days the warehouse has what the platforms have, exactly.
//
// The first runs together have every value of every setting, and each pairs it with others; more are drawn with FULL=1.
func TestEveryWayToBehaveEndsInTheTruth(t *testing.T) {
	all := map[string][]string{}
	for _, platform := range []string{"opentable", "thefork"} {
		maps.Copy(all, settings(t, platform))
	}
	maps.DeleteFunc(all, func(_ string, values []string) bool { return len(values) < 2 }) // how long a token lives
	names := slices.Sorted(maps.Keys(all))
	if len(names) < 20 {
		t.Fatalf("%d settings: nothing is tested", len(names))
	}
	each := 1
	for _, values := range all {
		each = max(each, len(values))
	}
	runs := each
	if os.Getenv("FULL") == "1" {
		runs = 40
	}
	worlds := map[string]*platforms{}
	for _, m := range merges {
		worlds[m] = newMerging(t, m)
	}
	draw := rand.New(rand.NewPCG(1, 2))
	first := map[string]int{}
	for _, name := range names {
		first[name] = draw.IntN(len(all[name]))
	}
	ends := make(chan end, runs)
	t.Run("run", func(t *testing.T) {
		for run := range runs {
			var args []string
			for _, name := range names {
				value := first[name] + run
				if run >= each {
					value = draw.IntN(len(all[name]))
				}
				args = append(args, name+"="+all[name][value%len(all[name])])
			}
			of := worlds[merges[run%len(merges)]]
			t.Run(fmt.Sprint(run), func(t *testing.T) {
				t.Parallel()
				t.Log(strings.Join(args, " "))
				ends <- behaving(t, of, args).endsInTheTruth()
			})
		}
	})
	close(ends)
	var met end
	for e := range ends {
		met = end{met.merged + e.merged, met.hidden + e.hidden, met.forgotten + e.forgotten}
	}
	if met.merged == 0 || met.hidden == 0 || met.forgotten == 0 {
		t.Errorf("the worlds had %+v: nothing of that is tested", met)
	}
}

// end counts guests.
type end struct{ merged, hidden, forgotten int }

// newMerging makes days whose guests are merged, a folder for each, so that a server gets them one by one.
func newMerging(t *testing.T, merging string) *platforms {
	t.Helper()
	p := &platforms{dir: t.TempDir()}
	p.restaurants = settingsRegistry(t, p.dir, "major")
	for _, day := range []string{days[0], days[1], nextDay} {
		// The seed is such that guests are merged, hidden and forgotten.
		run(t, nil, "generate", "--day", day, "--out", "file://"+filepath.Join(p.dir, day), "--restaurants", p.restaurants,
			"--records", "150", "--seed", "2", "--merges", merging, "--defects", "0").succeeded(t)
	}
	return p
}

// settingsRegistry writes a registry whose windows are as wide as an endDate that does not count, and a zone that cuts days, ask
// for.
func settingsRegistry(t *testing.T, dir, unit string) string {
	t.Helper()
	text := strings.NewReplacer("overlap: 24h", "overlap: 48h", "money_unit: major", "money_unit: "+unit).
		Replace(fmt.Sprintf(registry, 1, 1))
	path := filepath.Join(dir, "restaurants-"+unit+".yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lived is three days of a server that behaves in one way.
type lived struct {
	*story
	days string // a folder for each day
}

func behaving(t *testing.T, of *platforms, args []string) *lived {
	t.Helper()
	minor := slices.Contains(args, "--thefork-money-unit=minor")
	p := &platforms{dir: t.TempDir(), restaurants: of.restaurants}
	if minor {
		p.restaurants = settingsRegistry(t, p.dir, "minor")
	}
	l := &lived{days: of.dir}
	l.story = &story{t: t, minor: minor, failed: map[string]bool{}}
	l.dawn(t, p.dir, days[0])
	l.world = p.serving(t, args...)
	l.person = newPerson(t, l.world.url)
	return l
}

// dawn gives the server a day.
func (l *lived) dawn(t *testing.T, dir, day string) {
	t.Helper()
	if err := os.CopyFS(filepath.Join(dir, "simulator"), os.DirFS(filepath.Join(l.days, day))); err != nil {
		t.Fatal(err)
	}
}

func (l *lived) endsInTheTruth() (e end) {
	l.day(days[0])
	for _, day := range []string{days[1], nextDay} {
		l.dawn(l.t, l.dir, day)
		l.day(day)
	}
	l.reconciled()
	l.isTheTruth()
	truth := l.knows()
	for k, record := range truth {
		if k.kind == "customer" && gjson.GetBytes(record, "is_hidden").Bool() {
			e.hidden++
		}
	}
	e.merged, e.forgotten = len(survivorsIn(truth)), len(forgottenIn(truth))
	return e
}
