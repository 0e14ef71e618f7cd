package warehouse

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBootstrap reads the scripts that an administrator runs in Snowflake. sqlfluff holds them against the grammar (make
// lint-sql); here is what it cannot know: they can be run again and replace nothing, each statement stands below the page of
// Snowflake's documentation that it follows, and no secret is asked for.
func TestBootstrap(t *testing.T) {
	page := regexp.MustCompile(`https://docs\.snowflake\.com/en/[a-z0-9/#-]+`)
	for _, name := range []string{"bootstrap.sql", "network.sql", "grants.sql", "rebuild.sql", "teardown.sql"} {
		text, err := os.ReadFile(filepath.Join("../../../snowflake", name))
		if err != nil {
			t.Fatal(err)
		}
		named := 0 // pages above the statement, since the last statement; the next of its kind needs none
		last := ""
		var statement []string
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			switch {
			case strings.HasPrefix(line, "--"):
				named += len(page.FindAllString(line, -1))
				continue
			case line == "":
				continue
			}
			statement = append(statement, line)
			if !strings.HasSuffix(line, ";") {
				continue
			}
			sql := strings.Join(statement, " ")
			statement = nil
			words := strings.Fields(sql)
			kind := strings.Join(words[:2], " ")
			if words[0] == "GRANT" || words[0] == "REVOKE" {
				kind = words[0]
			}
			if words[0] == "USE" {
				continue // whose work follows; the first one names its page
			}
			if kind != last && named == 0 {
				t.Errorf("%s: no page of the documentation above %q", name, sql)
			}
			last, named = kind, 0
			creates, drops := words[0] == "CREATE", words[0] == "DROP"
			again := strings.Contains(sql, "IF NOT EXISTS") || strings.HasPrefix(sql, "CREATE OR ALTER ")
			if creates && !again || drops && !strings.Contains(sql, "IF EXISTS") {
				t.Errorf("%s: cannot be run again: %q", name, sql)
			}
			if drops && name != "teardown.sql" || strings.Contains(sql, "OR REPLACE") {
				t.Errorf("%s: removes or replaces: %q", name, sql)
			}
			if strings.Contains(sql, "PASSWORD") || strings.Contains(sql, "CREDENTIALS") ||
				strings.Contains(sql, "ALL PRIVILEGES") || strings.Contains(sql, "GRANT OPTION") ||
				strings.Contains(sql, "ROLE PUBLIC") {
				t.Errorf("%s: a secret, or more rights than are needed: %q", name, sql)
			}
		}
		if statement != nil {
			t.Errorf("%s does not end in a semicolon", name)
		}
	}
}
