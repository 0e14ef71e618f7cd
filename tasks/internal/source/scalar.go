package source

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// YAML's versions and readers take 010 for eight or ten, 1_000 for a number or a text, and 1.9 for 1 where a whole number is
// asked for. What is written here means one thing to all of them: digits, and a fraction that counts.
var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// whole is a whole number, by its value: 4.0 is 4, and 1.9 is none.
type whole int64

// UnmarshalYAML reads the number.
func (w *whole) UnmarshalYAML(node *yaml.Node) error {
	n, err := number(node, "a whole number in plain digits")
	if err != nil {
		return err
	}
	if n != math.Trunc(n) || math.Abs(n) >= 1<<53 {
		return wrong(node, "a whole number")
	}
	*w = whole(n)
	return nil
}

// rate is a number that may have a fraction.
type rate float64

// UnmarshalYAML reads the number.
func (r *rate) UnmarshalYAML(node *yaml.Node) error {
	n, err := number(node, "a number in plain digits")
	*r = rate(n)
	return err
}

func number(node *yaml.Node, want string) (float64, error) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	tag := node.ShortTag()
	if tag != "!!int" && tag != "!!float" || !plainNumber.MatchString(node.Value) {
		return 0, wrong(node, want)
	}
	n, err := strconv.ParseFloat(node.Value, 64)
	if err != nil {
		return 0, wrong(node, want)
	}
	return n, nil
}

// instant is a time with its offset.
type instant struct{ time.Time }

// UnmarshalYAML reads the time.
func (i *instant) UnmarshalYAML(node *yaml.Node) (err error) {
	if i.Time, err = time.Parse(time.RFC3339Nano, node.Value); err != nil {
		return wrong(node, "a time with its offset, as 2026-05-01T08:00:00Z")
	}
	return nil
}

// wrong is a mistake that is told with those of the whole file.
func wrong(node *yaml.Node, want string) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: want %s, got %q", node.Line, want, node.Value)}}
}
