package snowflake

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/warehouse/engine"
)

// stage is how Snowflake reaches the processed zone: a stage that is there, at the zone's own URL, or one of the session's
// own that a storage integration gives the rights for.
type stage struct {
	name, integration string
}

// ownStage is the session's own stage. A temporary stage hides one of that name and is gone with the session; its files stay.
const ownStage = "covers_processed_zone"

// stageName may begin with the stage's database and schema.
var stageName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*){0,2}$`)

// stageOfURL reads stage= and storage_integration= of a warehouse's URL.
func stageOfURL(u *url.URL) (stage, error) {
	s := stage{name: u.Query().Get("stage"), integration: u.Query().Get("storage_integration")}
	if s.name != "" && s.integration != "" {
		return s, fault.New(fault.Usage, nextURL, "a Snowflake URL names a stage or a storage integration, not both")
	}
	return s, nil
}

// from is the stage to copy from.
func (s stage) from() string {
	if s.name != "" {
		return "@" + s.name
	}
	return "@" + ownStage
}

// create makes the session's own stage; "" where there is one.
func (s stage) create(zoneURL string) string {
	if s.name != "" {
		return ""
	}
	return fmt.Sprintf("CREATE OR REPLACE TEMPORARY STAGE %s URL = %s STORAGE_INTEGRATION = %s", ownStage,
		engine.Literal(strings.TrimSuffix(zoneURL, "/")+"/"), s.integration)
}

// check refuses a zone that Snowflake cannot read.
func (s stage) check(zone *lake.Zone) error {
	switch {
	case !strings.HasPrefix(zone.URL(), "s3://"):
		return fault.New(fault.Usage, "put --processed on s3://, or load into DuckDB", "Snowflake reads from S3, not from %s",
			zone.URL())
	case s.name == "" && s.integration == "":
		return fault.New(fault.Usage,
			"add storage_integration=NAME or stage=NAME to --warehouse; the stage's URL is that of --processed",
			"the warehouse's URL does not say how Snowflake may read %s", zone.URL())
	}
	return nil
}

// landTexts are the statements of Land as a dry run shows them.
func landTexts(u *url.URL, l engine.Landing) []string {
	s, err := stageOfURL(u)
	if err != nil {
		return nil // opening says it
	}
	var out []string
	if create := s.create("…"); create != "" {
		out = append(out, create)
	}
	keyLength := len("2026-03-27/"+l.Kind+"-.parquet") + 2*sha256.Size
	return append(out, copyText(s, l, keyLength, []string{"'…'"}))
}
