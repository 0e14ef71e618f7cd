//go:build snowflake

package loadcheck

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/findings"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
	"covers/tasks/internal/warehouse/engine"
	"covers/tasks/internal/warehouse/snowflaketest"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// The settings of a real account (make e2e-snowflake-real). Without the first the test runs on the stand-in.
const (
	realAccount = "COVERS_SNOWFLAKE_REAL_ACCOUNT"  // ORGANIZATION-ACCOUNT
	realUser    = "COVERS_SNOWFLAKE_REAL_USER"     // who may act as ACCOUNTADMIN
	realKeyFile = "COVERS_SNOWFLAKE_REAL_KEY_FILE" // the user's private key, as docs/snowflake.md makes one
	realZone    = "COVERS_SNOWFLAKE_REAL_ZONE"     // s3://bucket/prefix/ below what the integration COVERS_S3 allows
)

// target is an account, as three users see it, and a zone that it reads.
type target struct {
	loader, owner, analyst string // URLs
	grant                  func() // runs grants.sql; nil where that was done
	machine                machine.Machine
	zone                   *lake.Zone
	real                   bool
}

// TestWholeAccount goes the way of docs/snowflake.md under the three roles, with the users' own rights alone: migrate, check,
// load, forget, read; and says what none of them may.
func TestWholeAccount(t *testing.T) {
	at := onStandin(t)
	if os.Getenv(realAccount) != "" {
		at = onRealAccount(t)
	}
	first, second := wt.TwoDays()
	wt.Publish(t, at.zone, 1, first)
	wt.Publish(t, at.zone, 1, second)

	step := func(what string, work func(t *testing.T)) {
		t.Helper()
		if !t.Run(what, work) {
			t.FailNow() // what follows needs it
		}
	}
	step("COVERS_OWNER migrates", func(t *testing.T) {
		_, err := warehouse.Migrate(t.Context(), at.machine, at.owner, false)
		wt.Check(t, err)
		if at.grant != nil {
			at.grant()
		}
	})
	for _, c := range []struct{ role, url string }{{"COVERS_LOADER", at.loader}, {"COVERS_OWNER", at.owner}} {
		step(c.role+" checks", func(t *testing.T) {
			out, err := Run(t.Context(), Options{Machine: at.machine, URL: c.url, Processed: at.zone.URL()})
			wt.Check(t, err)
			t.Logf("\n%s", findings.Text(out.Of()))
			for _, f := range out.Findings {
				// The owner reads no stage, and the stand-in does not know all that is asked.
				owners := c.role == "COVERS_OWNER" && slices.Contains([]string{whatStage, whatObjects}, f.What)
				unanswered := !at.real && slices.Contains([]string{whatSignIn, whatStage}, f.What)
				if f.Verdict == lake.Wrong && !owners && !unanswered || f.Verdict == lake.Unknown && at.real {
					t.Errorf("%s: %s: %s", f.What, f.Verdict, f.Says)
				}
			}
		})
	}
	options := warehouse.LoadOptions{Processed: at.zone, Revision: contract.Get().Revision, Program: "test", Now: time.Now}
	loaded := func(t *testing.T, m machine.Machine, url string) (hashes map[string]string, taken []int) {
		w, err := warehouse.Open(t.Context(), m, url, warehouse.ReadWrite)
		wt.Check(t, err)
		defer w.Close()
		for range 2 {
			out, err := w.Load(t.Context(), options)
			wt.Check(t, err)
			taken = append(taken, len(out.Taken))
		}
		_, err = w.Forget(t.Context(), []warehouse.Subject{{Platform: "opentable", CustomerID: "kept"}}, "receipt 1", time.Now())
		wt.Check(t, err)
		hashes, err = w.ContentHashes(t.Context())
		wt.Check(t, err)
		return hashes, taken
	}
	step("COVERS_LOADER loads, once, and forgets, as DuckDB does", func(t *testing.T) {
		here, taken := loaded(t, at.machine, at.loader)
		duck, _ := loaded(t, machine.This(), "duckdb://memory")
		if diff := gocmp.Diff(duck, here); diff != "" || !gocmp.Equal(taken, []int{2, 0}) {
			t.Errorf("took %v; - DuckDB, + Snowflake\n%s", taken, diff)
		}
	})
	for _, c := range []struct {
		role, url, statement string
		may                  bool
	}{
		{"COVERS_ANALYST", at.analyst, "SELECT COUNT(*) FROM daily_service", true},
		{"COVERS_ANALYST", at.analyst, "SELECT COUNT(*) FROM reservations", false},
		{"COVERS_ANALYST", at.analyst, "SELECT COUNT(*) FROM customer_observations", false},
		{"COVERS_LOADER", at.loader, "DROP TABLE customers", false},
		{"COVERS_LOADER", at.loader, "CREATE TABLE mine (n BIGINT)", false},
		{"COVERS_LOADER", at.loader, "DELETE FROM schema_versions", false},
		{"COVERS_LOADER", at.loader, "DELETE FROM erasures", false},
	} {
		step(c.role+": "+c.statement, func(t *testing.T) {
			err := at.run(t, c.url, c.statement)
			if kind := fault.KindOf(err); (err == nil) != c.may || err != nil && kind != fault.Denied && kind != fault.Usage {
				t.Errorf("may: %v, want %v: %v", err == nil, c.may, err)
			}
		})
	}
}

// run runs one statement for a user. A query's rows are read.
func (at target) run(t *testing.T, url, statement string) error {
	t.Helper()
	e, _, err := warehouse.OpenEngine(t.Context(), at.machine, url, warehouse.ReadWrite)
	wt.Check(t, err)
	defer e.Close()
	conn, err := e.Conn(t.Context())
	wt.Check(t, err)
	defer conn.Close()
	return one(t.Context(), e, conn, statement)
}

func one(ctx context.Context, e engine.Engine, conn *sql.Conn, statement string) error {
	return engine.Each(ctx, e, conn, engine.Statement{Name: statement, SQL: statement}, nil,
		func(_, _ []string, _ []any) error { return nil })
}

// onStandin is a database of the stand-in, whose administrator ran bootstrap.sql.
func onStandin(t *testing.T) target {
	t.Helper()
	s := snowflaketest.Start(t)
	for _, v := range s.Env() {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	zone, err := lake.Open(t.Context(), machine.This(), s.S3.Zone("processed"))
	wt.Check(t, err)
	url := s.Fresh()
	at := target{loader: url, owner: snowflaketest.As(snowflaketest.Owner, url), machine: machine.This(), zone: zone,
		analyst: snowflaketest.As(snowflaketest.Analyst, url) + "&warehouse=" + warehouseOf(t, "COVERS_ANALYST")}
	wt.Check(t, at.run(t, at.loader, "SELECT 1")) // makes the database
	wt.Check(t, s.Stage(t.Context(), snowflaketest.DatabaseOf(url), zone.URL()))
	return at
}

// warehouseOf is the computing warehouse of bootstrap.sql for a role.
func warehouseOf(t *testing.T, role string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "snowflake", "bootstrap.sql"))
	wt.Check(t, err)
	return string(regexp.MustCompile(`USAGE ON WAREHOUSE (\w+) TO ROLE ` + role).FindSubmatch(text)[1])
}

// onRealAccount makes a database of its own, as bootstrap.sql makes COVERS, and three users with a key of their own, and drops
// all of it with the test.
func onRealAccount(t *testing.T) target {
	t.Helper()
	settings := map[string]string{}
	for _, name := range []string{realAccount, realUser, realKeyFile, realZone} {
		if settings[name] = os.Getenv(name); settings[name] == "" {
			t.Fatalf("%s is not set: docs/snowflake.md, Trying it on an account of your own", name)
		}
	}
	random := make([]byte, 4)
	_, err := rand.Read(random)
	wt.Check(t, err)
	name := "COVERS_TRIAL_" + strings.ToUpper(hex.EncodeToString(random))
	address, query, parameters := strings.Cut(settings[realZone], "?")
	address = strings.TrimRight(address, "/") + "/" + strings.ToLower(name)
	if parameters {
		address += "?" + query
	}
	zone, err := lake.Open(t.Context(), machine.This(), address)
	wt.Check(t, err)
	t.Cleanup(func() {
		for e, err := range zone.List(context.Background(), "") {
			wt.Check(t, err)
			wt.Check(t, zone.Delete(context.Background(), e.Key))
		}
	})
	as := func(user, key string) machine.Machine {
		m := machine.This()
		m.Getenv = func(asked string) string {
			switch {
			case asked == "COVERS_SNOWFLAKE_PRIVATE_KEY":
				return key
			case strings.HasPrefix(asked, "COVERS_SNOWFLAKE_"):
				return ""
			}
			return os.Getenv(asked)
		}
		return m
	}
	text, err := os.ReadFile(settings[realKeyFile])
	wt.Check(t, err)
	administrator := target{machine: as(settings[realUser], string(text))}
	base := &url.URL{Scheme: "snowflake", Host: settings[realAccount], Path: "/SNOWFLAKE/ACCOUNT_USAGE",
		User:     url.User(settings[realUser]),
		RawQuery: url.Values{"role": {"ACCOUNTADMIN"}, "warehouse": {warehouseOf(t, "COVERS_LOADER")}}.Encode()}
	e, _, err := warehouse.OpenEngine(t.Context(), administrator.machine, base.String(), warehouse.ReadWrite)
	wt.Check(t, err)
	t.Cleanup(func() { _ = e.Close() })
	conn, err := e.Conn(t.Context())
	wt.Check(t, err)
	t.Cleanup(func() { _ = conn.Close() })

	key, err := rsa.GenerateKey(rand.Reader, 2048)
	wt.Check(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	wt.Check(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	wt.Check(t, err)
	at := target{real: true, zone: zone,
		machine: as("", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))}
	drop := []string{"USE ROLE ACCOUNTADMIN", "DROP DATABASE IF EXISTS " + name}
	statements := statementsOf(t, "bootstrap.sql", name, zone.URL())
	statements = append(statements, "USE ROLE ACCOUNTADMIN")
	for role, into := range map[string]*string{
		"COVERS_LOADER": &at.loader, "COVERS_OWNER": &at.owner, "COVERS_ANALYST": &at.analyst,
	} {
		user := name + strings.TrimPrefix(role, "COVERS")
		drop = append(drop, "DROP USER IF EXISTS "+user)
		statements = append(statements, fmt.Sprintf("CREATE USER %s TYPE = SERVICE RSA_PUBLIC_KEY = '%s' DEFAULT_ROLE = %s", user,
			base64.StdEncoding.EncodeToString(public), role), fmt.Sprintf("GRANT ROLE %s TO USER %s", role, user))
		*into = (&url.URL{Scheme: "snowflake", User: url.User(user), Host: settings[realAccount], Path: "/" + name + "/MAIN",
			RawQuery: url.Values{"role": {role}, "warehouse": {warehouseOf(t, role)},
				"stage": {name + ".EXTERNAL.PROCESSED"}}.Encode()}).String()
	}
	t.Cleanup(func() {
		var errs []error
		for _, statement := range drop {
			errs = append(errs, one(context.Background(), e, conn, statement))
		}
		if err := errors.Join(errs...); err != nil {
			t.Errorf("remove the database and users of %s by hand: %v", name, err)
		}
	})
	for _, statement := range statements {
		if err := one(t.Context(), e, conn, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	at.grant = func() {
		for _, statement := range statementsOf(t, "grants.sql", name, zone.URL()) {
			wt.Check(t, one(t.Context(), e, conn, statement))
		}
	}
	return at
}

var (
	ofDatabase = regexp.MustCompile(`\bCOVERS\b`)
	stageURL   = regexp.MustCompile(`URL = '[^']*'`)
	ofAccount  = regexp.MustCompile(
		`^(CREATE (ROLE|USER|RESOURCE|WAREHOUSE|STORAGE|NETWORK|AUTHENTICATION|SESSION)|ALTER|DESC|GRANT ROLE)|` +
			`ON (WAREHOUSE|INTEGRATION)`)
)

// statementsOf are the statements of a script that make the database and grant rights in it, for one of another name.
func statementsOf(t *testing.T, script, name, zoneURL string) (out []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "snowflake", script))
	wt.Check(t, err)
	address, _, _ := strings.Cut(zoneURL, "?")
	var lines []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "--") {
			continue
		}
		lines = append(lines, line)
		if !strings.HasSuffix(line, ";") {
			continue
		}
		statement := strings.TrimSuffix(strings.Join(lines, " "), ";")
		lines = nil
		if ofAccount.MatchString(statement) {
			continue
		}
		statement = ofDatabase.ReplaceAllString(statement, name)
		out = append(out, stageURL.ReplaceAllString(statement, "URL = '"+strings.TrimRight(address, "/")+"/'"))
	}
	return out
}

// TestStatementsOf: of bootstrap.sql what makes a database remains, under the other name, and nothing of the account.
func TestStatementsOf(t *testing.T) {
	all := statementsOf(t, "bootstrap.sql", "TRIAL", "s3://bucket/processed/x?region=r")
	text := strings.Join(all, "\n")
	for _, want := range []string{"CREATE DATABASE IF NOT EXISTS TRIAL ", "TRIAL.MAIN WITH MANAGED ACCESS",
		"GRANT USAGE ON DATABASE TRIAL TO ROLE COVERS_LOADER", "URL = 's3://bucket/processed/x/'",
		"STORAGE_INTEGRATION = COVERS_S3"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, refuse := range []string{"CREATE USER", "CREATE ROLE", "MONITOR", "CREATE WAREHOUSE", "YOUR-BUCKET", " COVERS.",
		"CREATE STORAGE"} {
		if strings.Contains(text, refuse) {
			t.Errorf("%q is in\n%s", refuse, text)
		}
	}
}
