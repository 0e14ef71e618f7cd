package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"covers/tasks/internal/mockapi"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/step"
)

// open is what the platform's documentation does not say.
type open struct{ What, Mock, Setting, Client string }

// unknowns returns what a platform's description in docs/api says to be unknown.
func unknowns(t *testing.T, platform string) []open {
	t.Helper()
	text, err := os.ReadFile("../../docs/api/" + platform + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all yaml.Node
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return gather(t, &all)
}

// gather returns what every x-covers-unknown and x-covers-twice says.
func gather(t *testing.T, n *yaml.Node) (all []open) {
	t.Helper()
	for i, child := range n.Content {
		all = append(all, gather(t, child)...)
		if n.Kind != yaml.MappingNode || i%2 == 0 ||
			n.Content[i-1].Value != "x-covers-unknown" && n.Content[i-1].Value != "x-covers-twice" {
			continue
		}
		facts := []*yaml.Node{child}
		if child.Kind == yaml.SequenceNode {
			facts = child.Content
		}
		for _, fact := range facts {
			var u struct {
				open   `yaml:",inline"`
				Values []string
			}
			if err := fact.Decode(&u); err != nil {
				t.Fatal(err)
			}
			if u.What == "" || (u.Mock == "") == (u.Setting == "") {
				t.Errorf("line %d: an unknown says what, and either what the mock does or which setting decides", fact.Line)
			}
			if u.Setting != "" {
				u.Mock = strings.Join(u.Values, ", ")
			}
			all = append(all, u.open)
		}
	}
	return all
}

// A setting stands for what a platform's documentation leaves open or says twice, so each is described, with its values.
func TestEverySettingIsDescribed(t *testing.T) {
	described := map[string]string{}
	for _, platform := range []string{reservation.OpenTable, reservation.TheFork} {
		for _, u := range unknowns(t, platform) {
			if u.Setting == "" {
				continue
			}
			if before, again := described[u.Setting]; again && before != u.Mock {
				t.Errorf("%s is described with other values elsewhere: %q, %q", u.Setting, before, u.Mock)
			}
			described[u.Setting] = u.Mock
		}
	}
	for _, f := range flags() {
		name := "--" + f.Names()[0]
		if !isSetting(name[2:]) {
			continue
		}
		want := ""
		if words := step.Words(f); words != nil {
			want = strings.Join(words, ", ")
		}
		got, ok := described[name]
		if !ok || got != want {
			t.Errorf("%s has the values %q, described are %q (%v)", name, want, got, ok)
		}
		delete(described, name)
	}
	if len(described) > 0 {
		t.Errorf("described, but no setting: %v", described)
	}
}

// isSetting reports whether a flag is a setting of the platforms.
func isSetting(name string) bool {
	return strings.HasSuffix(name, "-token-life") ||
		slices.ContainsFunc(mockapi.Choices, func(c mockapi.Choice) bool { return c.Name == name })
}
