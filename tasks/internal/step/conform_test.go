package step

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema is ResultSchema, compiled.
var schema = sync.OnceValue(func() *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ResultSchema))
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("urn:covers:result", doc); err != nil {
		panic(err)
	}
	return c.MustCompile("urn:covers:result")
})

// checkResult says what keeps stdout from being exactly one line that conforms to the schema.
func checkResult(stdout []byte) error {
	line, ended := bytes.CutSuffix(stdout, []byte("\n"))
	if !ended || bytes.ContainsAny(line, "\n\r") {
		return fmt.Errorf("not one line: %q", stdout)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return fmt.Errorf("%w in %q", err, line)
	}
	if err := schema().Validate(v); err != nil {
		return fmt.Errorf("%w in %s", err, line)
	}
	return nil
}

// checkLogs says what keeps stderr from being lines of JSON objects with what the contract asks of each.
func checkLogs(stderr []byte) error {
	for line := range bytes.Lines(stderr) {
		var event struct{ Time, Level, Message, Step, Version string }
		if err := json.Unmarshal(line, &event); err != nil {
			return fmt.Errorf("%w: not a line of JSON: %q", err, line)
		}
		if !bytes.HasSuffix(line, []byte("\n")) {
			return fmt.Errorf("not a whole line: %q", line)
		}
		if event.Level == "" || event.Message == "" || event.Step == "" || event.Version == "" {
			return fmt.Errorf("a field is missing in %s", line)
		}
		if t, err := time.Parse("2006-01-02T15:04:05.000Z", event.Time); err != nil {
			return fmt.Errorf("time %s (%v): want UTC with milliseconds", event.Time, t)
		}
	}
	return nil
}
