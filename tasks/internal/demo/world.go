package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reservation"
)

// World is where the demo keeps things, and how its steps learn it.
type World struct {
	Dir, Lake, Warehouse string // the warehouse is a URL
	Bin                  string
	Restaurants          string
	environ              []string // of the demo's own process
}

// steps are the programs that a demo needs.
var steps = []string{"generate", "mockapi", "extract", "validate", "transform", "load", "report"}

func newWorld(dir, bin, restaurants string, environ []string) (World, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return World{}, err
	}
	if restaurants, err = filepath.Abs(restaurants); err != nil {
		return World{}, err
	}
	w := World{
		Dir: dir, Lake: filepath.Join(dir, "lake"), Warehouse: "duckdb://" + filepath.Join(dir, "covers.duckdb"),
		Bin: bin, Restaurants: restaurants, environ: environ,
	}
	for _, s := range steps {
		if _, err := os.Stat(w.program(s)); err != nil {
			return w, fault.New(fault.Usage, "build the steps with `make build`, or name their folder with --bin",
				"find the step %s: %w", s, err)
		}
	}
	for _, sub := range []string{"lake", "logs"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return w, err
		}
	}
	return w, os.WriteFile(filepath.Join(dir, "env.sh"), []byte(w.script()), 0o644)
}

func (w World) program(step string) string { return filepath.Join(w.Bin, step) }

// zone returns a zone's URL.
func (w World) zone(name string) string { return "file://" + filepath.Join(w.Lake, name) }

// settings returns the steps' settings. A flag's environment variable is COVERS_ and its name.
func (w World) settings() []string {
	return []string{
		"COVERS_RAW=" + w.zone("raw"), "COVERS_STAGING=" + w.zone("staging"), "COVERS_PROCESSED=" + w.zone("processed"),
		"COVERS_WAREHOUSE=" + w.Warehouse, "COVERS_RESTAURANTS=" + w.Restaurants,
	}
}

// secrets returns the demo's own secrets, known to everybody: they open a simulated platform and make tokens of invented guests.
func secrets() []string {
	out := []string{"COVERS_TOKEN_KEY=not a secret: a token key for invented guests"}
	for _, name := range platforms.Names() {
		prefix := "COVERS_" + strings.ToUpper(name)
		out = append(out, prefix+"_CLIENT_ID=covers-demo", prefix+"_CLIENT_SECRET=not-a-secret-"+name)
	}
	return out
}

// environment returns what a step runs with: the process's own environment, without settings meant for other deployments, and the
// demo's settings.
func (w World) environment() []string {
	var env []string
	for _, v := range w.environ {
		if !strings.HasPrefix(v, "COVERS_") || strings.HasPrefix(v, "COVERS_FAILPOINT") {
			env = append(env, v)
		}
	}
	return append(append(env, w.settings()...), secrets()...)
}

// script returns a shell file that lets people run the steps on what the demo left.
func (w World) script() string {
	var b strings.Builder
	b.WriteString("# Settings for running the steps on what the demo left: . demo/env.sh\n")
	w.export(&b, append(w.settings(), secrets()...))
	// Without these the steps would show the demo's credentials to the real platforms.
	b.WriteString("# extract asks the simulated platforms. Start them in another terminal, with this file read there too:\n")
	fmt.Fprintf(&b, "#   %s --data '%s' --listen %s\n", w.program("mockapi"), w.zone("simulator"), tryAt)
	url := "http://" + tryAt
	w.export(&b, append(urlsOf(url), "COVERS_REQUESTS_PER_SECOND=100000"))
	return b.String()
}

// tryAt is where people start the simulated platforms by hand.
const tryAt = "127.0.0.1:7400"

// urlsOf returns the settings that point the steps to the simulated platforms: each platform's, so that none is asked where
// restaurants.yaml says.
func urlsOf(url string) (out []string) {
	paths := map[string]string{reservation.TheFork: "/manager"}
	for _, name := range platforms.Names() {
		prefix := "COVERS_" + strings.ToUpper(name)
		out = append(out, prefix+"_URL="+url+paths[name], prefix+"_AUTH_URL="+url)
	}
	return out
}

func (w World) export(b *strings.Builder, settings []string) {
	for _, v := range settings {
		name, value, _ := strings.Cut(v, "=")
		fmt.Fprintf(b, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
}
