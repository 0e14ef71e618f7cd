package snowflake

import "testing"

func TestDDL(t *testing.T) {
	for text, want := range map[string]string{
		"CREATE TABLE IF NOT EXISTS loads (\n  day DATE\n)":  "CREATE TRANSIENT TABLE IF NOT EXISTS loads (\n  day DATE\n)",
		"CREATE TABLE IF NOT EXISTS erasures (a BIGINT)":     "CREATE TABLE IF NOT EXISTS erasures (a BIGINT)",
		"CREATE TABLE IF NOT EXISTS schema_versions (a INT)": "CREATE TABLE IF NOT EXISTS schema_versions (a INT)",
		"CREATE OR REPLACE VIEW ledger AS\nSELECT 1":         "CREATE OR REPLACE SECURE VIEW ledger COPY GRANTS AS\nSELECT 1",
		"ALTER TABLE loads ADD COLUMN IF NOT EXISTS n INT":   "ALTER TABLE loads ADD COLUMN IF NOT EXISTS n INT",
		"INSERT INTO load_gate SELECT 0":                     "INSERT INTO load_gate SELECT 0",
	} {
		if got := ddl(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
