package snowflake

import (
	"regexp"
	"slices"
)

// permanent are the tables that nothing could make again: requests to forget that a person made are in no reading.
var permanent = []string{"erasures", "erasure_decisions", "schema_versions"}

var (
	tableHead = regexp.MustCompile(`^CREATE TABLE IF NOT EXISTS (\w+)`)
	viewHead  = regexp.MustCompile(`^CREATE OR REPLACE VIEW (\w+)(\s+)AS\b`)
)

// ddl says of a table or view what Snowflake alone knows.
//
// A table is transient where the lake can make it again: it has no Fail-safe, so that what an erasure emptied is gone after the
// day of Time Travel and not seven days later, and what every load rewrites is not kept for those days either
// (docs.snowflake.com/en/user-guide/tables-temp-transient). A table that was made before stays as it is.
//
// A view is secure: it is the boundary between analysts and the tables, and the optimiser may not let what is behind it show
// (docs.snowflake.com/en/user-guide/views-secure). Made anew it keeps the rights that were given on it
// (docs.snowflake.com/en/sql-reference/sql/create-view, COPY GRANTS).
func ddl(text string) string {
	if m := tableHead.FindStringSubmatch(text); m != nil && !slices.Contains(permanent, m[1]) {
		return "CREATE TRANSIENT" + text[len("CREATE"):]
	}
	return viewHead.ReplaceAllString(text, "CREATE OR REPLACE SECURE VIEW $1 COPY GRANTS AS")
}
