package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"covers/tasks/internal/fault"
)

// Parse reads a scenario from the text of the file of that name. It reports every problem of the text at once, each with its
// line.
func Parse(name string, text []byte) (*Scenario, error) {
	s := &Scenario{Name: strings.TrimSuffix(path.Base(name), path.Ext(name))}
	var problems []string
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	err := dec.Decode(s)
	var form *yaml.TypeError
	switch {
	case errors.As(err, &form):
		for _, e := range form.Errors {
			problems = append(problems, unknownKey.ReplaceAllString(e, "no key is called $1"))
		}
	case errors.Is(err, io.EOF):
		problems = append(problems, "line 1: it is empty")
	case err != nil:
		problems = append(problems, strings.TrimPrefix(err.Error(), "yaml: "))
	default:
		problems = s.check(text)
	}
	if len(problems) > 0 {
		return nil, fault.New(fault.Usage, "correct the file", "scenario %s: %s", name, strings.Join(problems, "; "))
	}
	return s, nil
}

var unknownKey = regexp.MustCompile(`field (\S+) not found in type \S+`)

// check holds the rules against kinds.
func (s *Scenario) check(text []byte) (problems []string) {
	now, lines, keys := places(text)
	var err error
	if s.Now, err = time.Parse("2006-01-02T15:04:05Z", s.Clock); err != nil && s.Clock != "" {
		problems = append(problems, fmt.Sprintf("line %d: now is %q, want YYYY-MM-DDThh:mm:ssZ", now, s.Clock))
	}
	if s.About == "" {
		problems = append(problems, "line 1: about is missing: say in a line what happens")
	}
	if len(s.Rules) == 0 {
		problems = append(problems, "line 1: rules are missing")
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		for _, p := range r.check(keys[i]) {
			problems = append(problems, fmt.Sprintf("line %d: %s", lines[i], p))
		}
	}
	return problems
}

// places returns the lines of now and of each rule, and the keys that a rule has.
func places(text []byte) (now int, lines []int, keys [][]string) {
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 {
		return 0, nil, nil
	}
	top := doc.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		switch top[i].Value {
		case "now":
			now = top[i].Line
			continue
		case "rules":
		default:
			continue
		}
		for _, r := range top[i+1].Content {
			var names []string
			for k := 0; k < len(r.Content); k += 2 {
				names = append(names, r.Content[k].Value)
			}
			lines, keys = append(lines, r.Line), append(keys, names)
		}
	}
	return now, lines, keys
}
