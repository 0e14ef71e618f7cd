package endtoend

import (
	"slices"
	"strings"
	"testing"
)

// TestASecretInPlaceOfItsPath: whoever mistakes a variable has put the secret where the path of its file belongs. Neither the log
// nor the result, which Airflow keeps, shows it.
func TestASecretInPlaceOfItsPath(t *testing.T) {
	const planted = "planted-secret-0123456789abcdef0123456789abcdef"
	dir := t.TempDir()
	zone := func(name string) string { return "--" + name + "=file://" + dir + "/" + name }
	restaurants := "--restaurants=" + writeRegistry(t, dir, 1)
	of := func(args []string, more ...string) []string { return slices.Concat(args, more) }
	asking := []string{zone("raw"), restaurants}
	extract := of([]string{"extract", "--day=2026-03-27"}, asking...)
	reconcile := of([]string{"care", "reconcile", "--days=2026-03-27", zone("processed"), "--warehouse=duckdb://" + dir + "/w"},
		asking...)
	status := []string{"load", "status", "--warehouse=snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=W"}
	for _, c := range []struct {
		variable string
		args     []string
		more     string // another variable that is needed
	}{
		{"COVERS_TOKEN_KEY", []string{
			"validate", "--day=2026-03-27", "--source=opentable/101", zone("raw"), zone("staging"), restaurants,
		}, ""},
		{"COVERS_OPENTABLE_CLIENT_ID", of(extract, "--source=opentable/101"), ""},
		{"COVERS_OPENTABLE_CLIENT_SECRET", of(extract, "--source=opentable/101"), ""},
		{"COVERS_THEFORK_CLIENT_ID", of(extract, "--source=thefork/101"), ""},
		{"COVERS_THEFORK_CLIENT_SECRET", of(extract, "--source=thefork/101"), ""},
		{"COVERS_OPENTABLE_CLIENT_SECRET", of(reconcile, "--source=opentable/101"), ""},
		{"COVERS_OPENTABLE_CLIENT_ID", []string{"mockapi", zone("data")}, ""},
		{"COVERS_THEFORK_CLIENT_SECRET", []string{"mockapi", zone("data")}, ""},
		{"COVERS_SNOWFLAKE_PRIVATE_KEY", status, ""},
		{"COVERS_SNOWFLAKE_PASSWORD", status, ""},
		{"COVERS_SNOWFLAKE_OAUTH_TOKEN", status, ""},
		{"COVERS_SNOWFLAKE_WORKLOAD_IDENTITY_TOKEN", status, "COVERS_SNOWFLAKE_WORKLOAD_IDENTITY=OIDC"},
	} {
		env := []string{c.variable + "=", c.variable + "_FILE=" + planted, c.more}
		o := run(t, env, c.args[0], of(c.args[1:], "--log-level=trace")...)
		if o.code != 64 || !strings.Contains(o.stdout, c.variable+"_FILE") {
			t.Errorf("%s, %s: exit code %d\n%s", c.variable, o.name, o.code, o.stdout)
		}
		if strings.Contains(o.stdout+o.stderr, planted) {
			t.Errorf("%s, %s shows the secret:\n%s\n%s", c.variable, o.name, o.stdout, o.stderr)
		}
	}
}
