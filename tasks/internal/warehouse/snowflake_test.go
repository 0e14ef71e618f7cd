package warehouse

import (
	"net/url"
	"strings"
	"testing"
)

// replaceParameter returns a URL with one parameter in place of another.
func replaceParameter(rawURL, old, name, value string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Del(old)
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

const someSnowflake = "snowflake://loader@org-account/COVERS/MAIN?warehouse=WH&storage_integration=COVERS_S3"

// TestSnowflakeStatements: the same text for any number of rows, and nothing of the user's in it.
func TestSnowflakeStatements(t *testing.T) {
	for _, rawURL := range []string{someSnowflake,
		replaceParameter(someSnowflake, "storage_integration", "stage", "db.main.processed")} {
		all, err := LoadStatements(rawURL)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, s := range all {
			text.WriteString(s.SQL + "\n")
		}
		for _, want := range []string{
			"COPY INTO landing_reservations (reading, line,", "$1:spend_total::DECIMAL(18,4)", "$1:service_date::DATE",
			"$1:read_at::DATETIME",
			"SUBSTR(METADATA$FILENAME, -95)", "USE_LOGICAL_TYPE = TRUE USE_VECTORIZED_SCANNER = TRUE",
			"COPY INTO landing_erasures",
		} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%s: no %s", rawURL, want)
			}
		}
		if own := strings.Count(text.String(),
			"CREATE OR REPLACE TEMPORARY STAGE"); (own == len(landings)) != strings.Contains(rawURL, "storage_integration") ||
			own%len(landings) != 0 {
			t.Errorf("%s: %d stages", rawURL, own)
		}
	}
}
