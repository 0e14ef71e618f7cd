package loadcheck

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/lake/laketest"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// answer is what an account says to a statement: rows of named columns, or an error.
type answer struct {
	columns []string
	rows    [][]any // text or nil
	code    string  // of an error
	state   string
	says    string
	chunk   bool // the rest of the rows lies elsewhere, where nobody is let in
}

func refused(code, state, says string) answer { return answer{code: code, state: state, says: says} }

// account answers the driver as Snowflake documents: fakesnow knows neither roles nor rights nor parameters.
type account struct {
	t       *testing.T
	server  *httptest.Server
	zone    *lake.Zone
	answers []pair // the first whose beginning fits
	signIn  *answer
	asked   []string
}

type pair struct {
	begins string
	answer
}

func row(values ...any) []any { return values }

func parameterAnswer(name, value string) pair {
	return pair{"SHOW PARAMETERS LIKE '" + name + "'", answer{columns: []string{"key", "value"}, rows: [][]any{row(name, value)}}}
}

// newAccount is one with nothing wrong, and a processed zone of a day.
func newAccount(t *testing.T) *account {
	t.Helper()
	s3 := laketest.Start(t)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": s3.Access, "AWS_SECRET_ACCESS_KEY": s3.Key, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": s3.URL,
		"AWS_EC2_METADATA_DISABLED": "true", "COVERS_SNOWFLAKE_PASSWORD": "p",
	} {
		t.Setenv(name, value)
	}
	zone, err := lake.Open(t.Context(), machine.This(), s3.Zone("processed"))
	wt.Check(t, err)
	wt.Publish(t, zone, 1, wt.Result{
		Source: "opentable/101", Day: "2026-03-27", Name: "00000001", Rank: wt.Rank(1),
		ReadAt:       time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC),
		Reservations: []reservation.Reservation{wt.Booking(1, 1, "planted")},
	})
	a := &account{t: t, zone: zone}
	var grants [][]any
	for table, privileges := range needed {
		for _, p := range privileges {
			grants = append(grants, row(p, "TABLE", "COVERS.MAIN."+strings.ToUpper(table)))
		}
	}
	for _, view := range views {
		grants = append(grants, row("SELECT", "VIEW", "COVERS.MAIN."+strings.ToUpper(view)))
	}
	granted := []string{"privilege", "granted_on", "name"}
	a.answers = []pair{
		{"SELECT CURRENT_USER()", answer{columns: []string{"U", "R", "W", "D", "S"},
			rows: [][]any{row("COVERS_LOAD", "COVERS_LOADER", "COVERS_LOAD_WH", "COVERS", "MAIN")}}},
		{"SELECT COUNT(*) AS n FROM information_schema", answer{columns: []string{"N"}, rows: [][]any{row("3")}}},
		{"SELECT table_name FROM information_schema.tables", answer{columns: []string{"TABLE_NAME"},
			rows: [][]any{row("SCHEMA_VERSIONS")}}},
		{"SELECT MAX(passed)", answer{columns: []string{"PASSED"}, rows: [][]any{row("0")}}},
		{"SELECT DISTINCT version, name, digest", versions(t, 0)},
		{"SELECT\n  LOWER(table_name) AS of_table", columns()},
		// A right may come by a role that the role has.
		{
			`SHOW GRANTS TO ROLE "COVERS_LOADER"`,
			answer{columns: granted, rows: append(grants[1:], row("USAGE", "ROLE", "COVERS_READER"))},
		},
		{
			`SHOW GRANTS TO ROLE "COVERS_READER"`,
			answer{columns: granted, rows: append(grants[:1:1], row("USAGE", "ROLE", "COVERS_LOADER"))},
		},
		{"DESC STAGE", answer{columns: []string{"parent_property", "property", "property_value"},
			rows: [][]any{row("STAGE_LOCATION", "URL", `["`+zone.URL()+`/"]`)}}},
		{"COPY INTO check_reservations", a.copied("1")},
		{"SELECT COUNT(*) AS n FROM check_reservations", answer{columns: []string{"N"}, rows: [][]any{row("1")}}},
		{"SELECT DATE_PART", answer{}}, // the time of the question
		parameterAnswer("TIMEZONE", "UTC"),
		parameterAnswer("LOCK_TIMEOUT", "420"),
		parameterAnswer("READ_CONSISTENCY_MODE", "SESSION"),
		parameterAnswer("DATA_RETENTION_TIME_IN_DAYS", "1"),
		parameterAnswer("MIN_DATA_RETENTION_TIME_IN_DAYS", "0"),
		parameterAnswer("ALLOW_BIND_VALUES_ACCESS", "false"),
		{"SELECT RANDSTR", answer{columns: []string{"X"}, rows: slices.Repeat([][]any{row("x")}, 5000)}},
	}
	a.server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.server.Close)
	return a
}

// copied is what a COPY says of the zone's one object.
func (a *account) copied(rows string) answer {
	found, err := newestObjects(a.t.Context(), a.zone)
	wt.Check(a.t, err)
	return answer{columns: []string{"file", "status", "rows_parsed", "rows_loaded", "errors_seen"},
		rows: [][]any{row(a.zone.URL()+"/"+found[reservation.KindReservation].Key, "LOADED", rows, rows, "0")}}
}

// versions is the table schema_versions, without so many of the last files.
func versions(t *testing.T, without int) answer {
	t.Helper()
	files, err := warehouse.Migrate(t.Context(), machine.This(), "duckdb://"+t.TempDir()+"/none.duckdb", true)
	wt.Check(t, err)
	out := answer{columns: []string{"VERSION", "NAME", "DIGEST"}}
	for i, f := range files[:len(files)-without] {
		out.rows = append(out.rows, row(fmt.Sprint(i), f.Name, f.Digest))
	}
	return out
}

// columns are those of the contract's tables, in Snowflake's words.
func columns() answer {
	out := answer{columns: []string{"OF_TABLE", "NAME", "ENGINE_TYPE", "DIGITS", "DECIMALS"}}
	for table, of := range map[string]string{
		"reservation_observations": "reservation_observations", "reservations": "reservation_observations",
		"customer_observations": "customer_observations", "customers": "customer_observations",
		"absences": "absences", "merges": "merges",
	} {
		for _, c := range contract.Get().Table(of).Columns {
			is := map[string][]any{
				"BIGINT": {"NUMBER", "38", "0"}, "DECIMAL(18,4)": {"NUMBER", "18", "4"}, "VARCHAR": {"TEXT", nil, nil},
				"DATETIME": {"TIMESTAMP_NTZ", nil, nil}, "DATE": {"DATE", nil, nil}, "BOOLEAN": {"BOOLEAN", nil, nil},
			}[c.Type]
			out.rows = append(out.rows, append(row(table, c.Name), is...))
		}
	}
	return out
}

// answer puts another answer in the place of the one that begins so.
func (a *account) answer(begins string, with answer) {
	i := slices.IndexFunc(a.answers, func(p pair) bool { return strings.HasPrefix(p.begins, begins) })
	if i < 0 {
		a.t.Fatalf("nothing is answered that begins with %q", begins)
	}
	a.answers[i].answer = with
}

func (a *account) serve(w http.ResponseWriter, r *http.Request) {
	reply := func(v any) {
		if err := json.NewEncoder(w).Encode(v); err != nil {
			a.t.Error(err)
		}
	}
	fail := func(x answer) {
		reply(map[string]any{"success": false, "code": x.code, "message": x.says, "data": map[string]any{"sqlState": x.state}})
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/session/v1/login-request"):
		if a.signIn != nil {
			fail(*a.signIn)
			return
		}
		reply(map[string]any{"success": true, "data": map[string]any{"token": "t", "masterToken": "m", "sessionId": 1,
			"parameters": []any{}}})
	case strings.HasPrefix(r.URL.Path, "/queries/v1/query-request"):
		var q struct {
			SQLText string `json:"sqlText"`
		}
		body, err := io.ReadAll(r.Body)
		wt.Check(a.t, err)
		wt.Check(a.t, json.Unmarshal(body, &q))
		a.asked = append(a.asked, q.SQLText)
		x := answer{columns: []string{"status"}, rows: [][]any{row("done")}}
		if i := slices.IndexFunc(a.answers, func(p pair) bool { return strings.HasPrefix(q.SQLText, p.begins) }); i >= 0 {
			x = a.answers[i].answer
		}
		if strings.HasPrefix(q.SQLText, "SELECT DATE_PART") && x.columns == nil && x.code == "" {
			x = answer{columns: []string{"T"}, rows: [][]any{row(fmt.Sprint(time.Now().Unix()))}}
		}
		if x.code != "" {
			fail(x)
			return
		}
		var types []any
		for _, c := range x.columns {
			types = append(types, map[string]any{"name": c, "type": "text", "length": 100, "nullable": true})
		}
		data := map[string]any{"rowtype": types, "rowset": x.rows, "total": len(x.rows), "returned": len(x.rows),
			"queryResultFormat": "json", "parameters": []any{}, "queryId": "q"}
		if x.chunk {
			data["chunks"] = []any{map[string]any{"url": a.server.URL + "/elsewhere", "rowCount": 4000, "uncompressedSize": 10,
				"compressedSize": 10}}
			data["total"], data["qrmk"] = len(x.rows)+4000, "k"
		}
		reply(map[string]any{"success": true, "data": data})
	case r.URL.Path == "/elsewhere":
		w.WriteHeader(http.StatusForbidden)
	default:
		reply(map[string]any{"success": true, "data": map[string]any{}})
	}
}

const parametersOfURL = "&warehouse=COVERS_LOAD_WH&role=COVERS_LOADER&stage=COVERS.EXTERNAL.PROCESSED"

func (a *account) check(t *testing.T) Outcome {
	t.Helper()
	return a.checkAt(t, parametersOfURL, machine.This())
}

func (a *account) checkAt(t *testing.T, parameters string, m machine.Machine) Outcome {
	t.Helper()
	u, err := url.Parse(a.server.URL)
	wt.Check(t, err)
	host, port, err := net.SplitHostPort(u.Host)
	wt.Check(t, err)
	out, err := Run(t.Context(), Options{Machine: m, Processed: a.zone.URL(),
		URL: "snowflake://COVERS_LOAD@acc/COVERS/MAIN?protocol=http&host=" + host + "&port=" + port + parameters})
	wt.Check(t, err)
	said, err := json.Marshal(out)
	wt.Check(t, err)
	if strings.Contains(string(said), "planted") {
		t.Errorf("it says a value: %s", said)
	}
	return out
}

// TestNothingWrong: every line is right, and nothing but temporary tables is made or changed.
func TestNothingWrong(t *testing.T) {
	a := newAccount(t)
	out := a.check(t)
	var lines []string
	for _, f := range out.Findings {
		lines = append(lines, f.What)
		if f.Verdict != lake.Right {
			t.Errorf("%s: %s: %s", f.What, f.Verdict, f.Says)
		}
	}
	want := []string{"sign-in", "role", "warehouse", "database and schema", "computing", "schema version", "rights",
		"rights beyond need", "stage", "objects", "clock", "TIMEZONE", "LOCK_TIMEOUT", "READ_CONSISTENCY_MODE", "Time Travel",
		"MIN_DATA_RETENTION_TIME_IN_DAYS", "ALLOW_BIND_VALUES_ACCESS", "results"}
	if !slices.Equal(lines, want) {
		t.Errorf("lines %q", lines)
	}
	harmless := regexp.MustCompile(
		`^(SELECT|SHOW|DESC|CREATE OR REPLACE TEMPORARY TABLE check_|COPY INTO check_|DROP TABLE check_)`,
	)
	for _, sql := range a.asked {
		if !harmless.MatchString(sql) {
			t.Errorf("ran %s", sql)
		}
	}
}

// TestEachLineCanBeWrong provokes what each line looks for, and holds what it says to do.
func TestEachLineCanBeWrong(t *testing.T) {
	session := func(role, warehouse, database, schema any) answer {
		return answer{
			columns: []string{"U", "R", "W", "D", "S"},
			rows:    [][]any{row("COVERS_LOAD", role, warehouse, database, schema)},
		}
	}
	parameter := func(name, value string) func(*account) {
		return func(a *account) { a.answer("SHOW PARAMETERS LIKE '"+name+"'", parameterAnswer(name, value).answer) }
	}
	rights := func(a *account, change func(rows [][]any) [][]any) {
		i := slices.IndexFunc(a.answers, func(p pair) bool { return p.begins == `SHOW GRANTS TO ROLE "COVERS_LOADER"` })
		a.answers[i].rows = change(a.answers[i].rows)
	}
	for name, c := range map[string]struct {
		provoke func(a *account)
		what    string
		verdict lake.Verdict
		kind    fault.Kind
		says    string
		next    string
	}{
		"signed in as nobody": {
			func(a *account) { a.signIn = &answer{code: "390144", state: "08004", says: "JWT token is invalid."} },
			"sign-in", lake.Wrong, fault.Denied, "JWT token is invalid", "compare the user's public key"},
		"no role": {
			func(a *account) { a.answer("SELECT CURRENT_USER()", session(nil, "COVERS_LOAD_WH", "COVERS", "MAIN")) },
			"role", lake.Wrong, fault.Usage, "none of the name COVERS_LOADER", "GRANT ROLE COVERS_LOADER TO USER COVERS_LOAD;"},
		"another role": {
			func(a *account) {
				a.answer("SELECT CURRENT_USER()", session("PUBLIC", "COVERS_LOAD_WH", "COVERS", "MAIN"))
			},
			"role", lake.Wrong, fault.Usage, "PUBLIC, not COVERS_LOADER", "role=COVERS_LOADER in --warehouse"},
		"no warehouse": {
			func(a *account) { a.answer("SELECT CURRENT_USER()", session("COVERS_LOADER", nil, "COVERS", "MAIN")) },
			"warehouse", lake.Wrong, fault.Usage, "none of the name COVERS_LOAD_WH",
			"GRANT USAGE ON WAREHOUSE COVERS_LOAD_WH TO ROLE COVERS_LOADER;"},
		"no schema": {
			func(a *account) {
				a.answer("SELECT CURRENT_USER()", session("COVERS_LOADER", "COVERS_LOAD_WH", "COVERS", nil))
			},
			"database and schema", lake.Wrong, fault.Usage, "COVERS.MAIN does not exist",
			"GRANT USAGE ON SCHEMA COVERS.MAIN TO ROLE COVERS_LOADER;"},
		"suspended by a monitor": {
			func(a *account) {
				a.answer("SELECT COUNT(*) AS n FROM information_schema", refused("090073", "57014",
					"Warehouse 'COVERS_LOAD_WH' cannot be resumed because "+
						" resource monitor 'COVERS_LOAD_MONITOR' has exceeded its quota."))
			},
			"computing", lake.Wrong, fault.Temporary, "exceeded its quota", "raise its quota"},
		"not migrated": {
			func(a *account) { a.answer("SELECT DISTINCT version, name, digest", versions(a.t, 1)) },
			"schema version", lake.Wrong, fault.Usage, "not applied yet: 00", "run load migrate"},
		"nothing there": {
			func(a *account) {
				a.answer("SELECT table_name FROM information_schema.tables", answer{columns: []string{"TABLE_NAME"}})
			},
			"schema version", lake.Wrong, fault.Usage, "not applied yet: 0000_schema_versions.sql", "run load migrate"},
		"a table was changed": {
			func(a *account) {
				all := columns()
				all.rows = slices.DeleteFunc(all.rows, func(r []any) bool { return r[0] == "absences" && r[1] == "kind" })
				a.answer("SELECT\n  LOWER(table_name)", all)
			},
			"schema version", lake.Wrong, fault.Data, "absences.kind is missing", "undo what was changed by hand"},
		"a right is missing": {
			func(a *account) {
				rights(a, func(rows [][]any) [][]any {
					return slices.DeleteFunc(slices.Clone(rows), func(r []any) bool {
						return r[0] == "UPDATE" && r[2] == "COVERS.MAIN.LOAD_GATE"
					})
				})
				i := slices.IndexFunc(a.answers, func(p pair) bool { return p.begins == `SHOW GRANTS TO ROLE "COVERS_READER"` })
				a.answers[i].rows = slices.DeleteFunc(slices.Clone(a.answers[i].rows), func(r []any) bool {
					return r[0] == "UPDATE" && r[2] == "COVERS.MAIN.LOAD_GATE"
				})
			},
			"rights", lake.Wrong, fault.Denied, "lacks UPDATE on COVERS.MAIN.LOAD_GATE",
			"GRANT UPDATE ON TABLE COVERS.MAIN.LOAD_GATE TO ROLE COVERS_LOADER;"},
		"a right too many": {
			func(a *account) {
				rights(a, func(rows [][]any) [][]any {
					return append(slices.Clone(rows), row("DELETE", "TABLE", "COVERS.MAIN.SCHEMA_VERSIONS"),
						row("DELETE", "TABLE", "ELSEWHERE.MAIN.ERASURES"))
				})
			},
			"rights beyond need", lake.Wrong, fault.Usage, "has DELETE on COVERS.MAIN.SCHEMA_VERSIONS",
			"REVOKE DELETE ON TABLE COVERS.MAIN.SCHEMA_VERSIONS FROM ROLE COVERS_LOADER;"},
		"the owner's role": {
			func(a *account) {
				rights(a, func([][]any) [][]any { return [][]any{row("OWNERSHIP", "TABLE", "COVERS.MAIN.SCHEMA_VERSIONS")} })
			},
			"rights", lake.Note, 0, "owns the tables", "check once more as the role that loads"},
		"rights are not told": {
			func(a *account) {
				a.answer(`SHOW GRANTS TO ROLE "COVERS_LOADER"`, refused("003001", "42501", "Insufficient privileges"))
			},
			"rights", lake.Unknown, 0, "Insufficient privileges", ""},
		"a stage elsewhere": {
			func(a *account) {
				a.answer("DESC STAGE", answer{columns: []string{"property", "property_value"},
					rows: [][]any{row("URL", `["s3://other/processed/"]`)}})
			},
			"stage", lake.Wrong, fault.Usage, "is at s3://other/processed/", "correct --processed"},
		"no right to the stage": {
			func(a *account) {
				a.answer("DESC STAGE", refused("002003", "02000",
					"Stage 'COVERS.EXTERNAL.PROCESSED' does not exist or not authorized."))
			},
			"stage", lake.Wrong, fault.Usage, "does not exist or not authorized",
			"GRANT USAGE ON STAGE COVERS.EXTERNAL.PROCESSED TO ROLE COVERS_LOADER;"},
		"S3 refuses": {
			func(a *account) {
				a.answer("COPY INTO check_reservations", refused("003167", "42601",
					"Error assuming AWS_ROLE. Please verify the role and externalId are configured correctly"))
			},
			"objects", lake.Wrong, fault.Denied, "Error assuming AWS_ROLE",
			"SELECT SYSTEM$VALIDATE_STORAGE_INTEGRATION('COVERS_S3', 's3://"},
		"fewer rows than the manifest": {
			func(a *account) { a.answer("COPY INTO check_reservations", a.copied("0")) },
			"objects", lake.Wrong, fault.Data, "the manifest says 1 rows", "derive the day again"},
		"a clock that is behind": {
			func(a *account) {
				a.answer("SELECT DATE_PART", answer{columns: []string{"T"},
					rows: [][]any{row(fmt.Sprint(time.Now().Add(-3 * time.Minute).Unix()))}})
			},
			"clock", lake.Wrong, fault.Usage, "apart", "set this machine's clock"},
		"a clock that drifts": {
			func(a *account) {
				a.answer("SELECT DATE_PART", answer{columns: []string{"T"},
					rows: [][]any{row(fmt.Sprint(time.Now().Add(45 * time.Second).Unix()))}})
			},
			"clock", lake.Note, 0, "apart", "set this machine's clock"},
		"local time": {parameter("TIMEZONE", "Europe/London"), "TIMEZONE", lake.Wrong, fault.Usage, "needs UTC", "policies"},
		"short waits": {
			parameter("LOCK_TIMEOUT", "60"), "LOCK_TIMEOUT", lake.Wrong, fault.Usage, "more than 300 s", "policies"},
		"reads at once": {parameter("READ_CONSISTENCY_MODE", "GLOBAL"), "READ_CONSISTENCY_MODE", lake.Right, 0, "GLOBAL", ""},
		"a long Time Travel": {parameter("DATA_RETENTION_TIME_IN_DAYS", "90"), "Time Travel", lake.Note, 0, "for 90 days",
			"ALTER SCHEMA COVERS.MAIN SET DATA_RETENTION_TIME_IN_DAYS = 1;"},
		"no Time Travel": {parameter("DATA_RETENTION_TIME_IN_DAYS", "0"), "Time Travel", lake.Note, 0, "0 days", "load rebuild"},
		"a longer one by the account": {parameter("MIN_DATA_RETENTION_TIME_IN_DAYS", "7"), "MIN_DATA_RETENTION_TIME_IN_DAYS",
			lake.Note, 0, "for 7 days", "administrator"},
		"bound values are kept": {parameter("ALLOW_BIND_VALUES_ACCESS", "true"), "ALLOW_BIND_VALUES_ACCESS", lake.Note, 0,
			"keeps bound values", "ALTER ACCOUNT SET ALLOW_BIND_VALUES_ACCESS = FALSE;"},
		"a parameter is not shown": {
			func(a *account) {
				a.answer("SHOW PARAMETERS LIKE 'READ_CONSISTENCY_MODE'", answer{columns: []string{"key", "value"}})
			},
			"READ_CONSISTENCY_MODE", lake.Unknown, 0, "no such parameter", ""},
		"no way to the results": {
			func(a *account) {
				a.answer("SELECT RANDSTR", answer{columns: []string{"X"},
					rows: slices.Repeat([][]any{row("x")}, 1000), chunk: true})
			},
			"results", lake.Wrong, fault.Unavailable, "of a result of 5000 rows 1000 came", "SYSTEM$ALLOWLIST()"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			c.provoke(a)
			out := a.check(t)
			i := slices.IndexFunc(out.Findings, func(f lake.Finding) bool { return f.What == c.what })
			if i < 0 {
				t.Fatalf("no line %s in %+v", c.what, out.Findings)
			}
			f := out.Findings[i]
			if f.Verdict != c.verdict || f.Kind != c.kind || !strings.Contains(f.Says, c.says) ||
				!strings.Contains(f.Next, c.next) {
				t.Errorf("got %+v", f)
			}
			for _, other := range out.Findings {
				if other.Verdict == lake.Wrong && other.What != c.what {
					t.Errorf("and %s: %s", other.What, other.Says)
				}
			}
		})
	}
}

// TestDefaultsAndOwnStage: what the URL does not name is the user's default, and a session may make a stage of its own.
func TestDefaultsAndOwnStage(t *testing.T) {
	a := newAccount(t)
	out := a.checkAt(t, "&storage_integration=COVERS_S3", machine.This())
	for what, says := range map[string]string{
		"role": "COVERS_LOADER, the user's default", "warehouse": "COVERS_LOAD_WH, the user's default",
		"stage": "each load makes one of its own with the integration COVERS_S3",
	} {
		i := slices.IndexFunc(out.Findings, func(f lake.Finding) bool { return f.What == what })
		if i < 0 || out.Findings[i].Verdict != lake.Right || out.Findings[i].Says != says {
			t.Errorf("%s: got %+v", what, out.Findings)
		}
	}
	if out := a.checkAt(t, "", machine.This()); !slices.ContainsFunc(out.Findings, func(f lake.Finding) bool {
		return f.What == "stage" && f.Verdict == lake.Wrong && strings.Contains(f.Next, "stage=COVERS.EXTERNAL.PROCESSED")
	}) {
		t.Errorf("without a stage: %+v", out.Findings)
	}
}

func TestMain(m *testing.M) {
	for _, name := range []string{"SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "SF_DISABLE_MINICORE"} {
		if err := os.Setenv(name, "true"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
