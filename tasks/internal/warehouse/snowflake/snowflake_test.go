package snowflake

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	neturl "net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

func TestStageURLs(t *testing.T) {
	const url = "snowflake://loader@org-account/COVERS/MAIN?warehouse=WH"
	m := machine.This()
	m.Getenv = func(name string) string { return map[string]string{envPassword: "secret"}[name] }
	for _, c := range []struct{ url, says string }{
		{url + "&storage_integration=COVERS_S3&stage=s", "not both"},
		{url + "&stage=a b", "stage="},
		{url + "&storage_integration=x'y", "storage_integration="},
	} {
		u, err := neturl.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Opener.Open(t.Context(), m, u, engine.ReadOnly, nil); fault.KindOf(err) != fault.Usage ||
			!strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.url, err, c.says)
		}
	}
	zone, err := lake.Open(t.Context(), machine.This(), "mem://snowflake-stage")
	if err != nil {
		t.Fatal(err)
	}
	if err := (stage{integration: "X"}).check(zone); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "reads from S3") {
		t.Errorf("a zone in memory: %v", err)
	}
}

// TestCheckCopied: what COPY says of each file is the manifest's, or the load is refused.
func TestCheckCopied(t *testing.T) {
	objects := []lake.Object{{Key: "2026-03-27/a.parquet", Records: 2}, {Key: "2026-03-27/b.parquet", Records: 1}}
	good := func() []map[string]string {
		return []map[string]string{
			{"file": "s3://bucket/p/2026-03-27/b.parquet", "status": "LOADED", "rows_parsed": "1", "rows_loaded": "1",
				"errors_seen": "0"},
			{"file": "s3://bucket/p/2026-03-27/a.parquet", "status": "LOADED", "rows_parsed": "2", "rows_loaded": "2",
				"errors_seen": "0"},
		}
	}
	if err := checkCopied("land", objects, good()); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func([]map[string]string) []map[string]string{
		"one file less": func(a []map[string]string) []map[string]string { return a[:1] },
		"one file more": func(a []map[string]string) []map[string]string {
			return append(a, map[string]string{"file": "s3://x/c"})
		},
		"a file twice": func(a []map[string]string) []map[string]string { a[0] = a[1]; return a },
		"another file": func(a []map[string]string) []map[string]string {
			a[0]["file"] = "s3://bucket/p/2026-03-27/xb.parquet"
			return a
		},
		"fewer rows":            func(a []map[string]string) []map[string]string { a[1]["rows_loaded"] = "1"; return a },
		"more rows in the file": func(a []map[string]string) []map[string]string { a[1]["rows_parsed"] = "3"; return a },
		"skipped":               func(a []map[string]string) []map[string]string { a[1]["status"] = "LOAD_SKIPPED"; return a },
		"an error":              func(a []map[string]string) []map[string]string { a[1]["errors_seen"] = "1"; return a },
		"nothing": func([]map[string]string) []map[string]string {
			return []map[string]string{{"status": "Copy executed with 0 files processed."}}
		},
	} {
		if err := checkCopied("land", objects, change(good())); fault.KindOf(err) != fault.Data {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestErrors: what Snowflake says becomes a kind, and no value of a row.
func TestErrors(t *testing.T) {
	e := &snowflake{}
	for _, c := range []struct {
		number int
		state  string
		says   string
		want   fault.Kind
	}{
		{625, "57014", "Statement '01b' has locked table 'LOAD_GATE' in transaction 17 and this lock has not yet been released.",
			fault.Temporary},
		{604, "57014", "SQL execution canceled", fault.Temporary},
		{630, "57014", "Statement reached its statement or warehouse timeout of 3600 second(s) and was canceled.",
			fault.Temporary},
		{90073, "22000", "Warehouse 'WH' cannot be resumed because resource monitor 'RM' has exceeded its quota.",
			fault.Temporary},
		{606, "57P03", "No active warehouse selected in the current session.", fault.Usage},
		{2003, "42S02", "SQL compilation error:\nObject 'LOADS' does not exist or not authorized.", fault.Usage},
		{3001, "42501", "SQL access control error:\nInsufficient privileges to operate on table 'LOADS'", fault.Denied},
		{390100, "08004", "Incorrect username or password was specified.", fault.Denied},
		{390144, "08004", "JWT token is invalid.", fault.Denied},
		{390201, "08004", "The requested warehouse does not exist or not authorized.", fault.Usage},
		{100038, "22018", "Numeric value 'planted' is not recognized", fault.Data},
		{100072, "22000", "NULL result in a non-nullable column", fault.Data},
		{1003, "42000", "SQL compilation error:\nsyntax error line 1", fault.Defect},
		{lostAnswer, "08006", "the connection to Snowflake broke", fault.Unavailable},
	} {
		err := e.Explain(context.Background(), "run x",
			&gosnowflake.SnowflakeError{Number: c.number, SQLState: c.state, Message: c.says, QueryID: "01b2"})
		if fault.KindOf(err) != c.want || strings.Contains(err.Error(), "planted") || !strings.HasPrefix(err.Error(), "run x: ") {
			t.Errorf("%s: kind %d, want %d: %v", c.says, fault.KindOf(err), c.want, err)
		}
		if e.Busy(err) != (c.number == 625) || e.Lost(err) != (c.number == lostAnswer) {
			t.Errorf("%s: busy %v, lost %v", c.says, e.Busy(err), e.Lost(err))
		}
	}
	if err := e.Explain(context.Background(), "x", driver.ErrBadConn); fault.KindOf(err) != fault.Unavailable || !e.Lost(err) {
		t.Errorf("a broken connection: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Explain(ctx, "x", driver.ErrBadConn); fault.KindOf(err) != fault.Stopped || e.Lost(err) {
		t.Errorf("stopped: %v", err)
	}
}

// TestSentOnce: a statement whose answer does not come whole is not sent again, and is no answer; other calls pass as they are.
func TestSentOnce(t *testing.T) {
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		switch r.URL.Query().Get("how") {
		case "whole":
			_, _ = io.WriteString(w, `{"success": true}`)
		case "short":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"succ`)
		case "valid":
			_, _ = io.WriteString(w, `{"succ`)
		case "500":
			w.WriteHeader(http.StatusInternalServerError)
		case "break":
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	client := &http.Client{Transport: newOnceTransport()}
	call := func(path, how string) (string, error) {
		t.Helper()
		sent.Store(0)
		resp, err := client.Post(server.URL+path+"?how="+how, "application/json", strings.NewReader("{}"))
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusOK {
			return resp.Status, err
		}
		return string(body), err
	}
	const statement = "/queries/v1/query-request"
	if body, err := call(statement, "whole"); err != nil || body != `{"success": true}` {
		t.Errorf("whole: %s, %v", body, err)
	}
	for _, how := range []string{"short", "valid", "500", "break"} {
		if body, err := call(statement, how); err != nil || sent.Load() != 1 || !strings.Contains(body, `"code":"000001"`) {
			t.Errorf("%s: sent %d times: %s, %v", how, sent.Load(), body, err)
		}
	}
	if body, err := call("/session/v1/login-request", "500"); err != nil || !strings.HasPrefix(body, "500") {
		t.Errorf("signing in: %s, %v", body, err)
	}
	if _, err := call("/session/v1/login-request", "break"); err == nil {
		t.Error("signing in over a broken connection is an answer")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+statement, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// TestSessionParameters: what a session needs of its account is asked for at sign-in, whatever the account has.
func TestSessionParameters(t *testing.T) {
	s := newSlow(t)
	conn, err := s.engine.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for name, want := range map[string]string{
		"TIMEZONE": "UTC", "AUTOCOMMIT": "true", "DATE_INPUT_FORMAT": "YYYY-MM-DD", "TIMESTAMP_INPUT_FORMAT": "AUTO",
		"ROWS_PER_RESULTSET": "0",
	} {
		if got := fmt.Sprint(s.login[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// TestBatches: a COPY takes files whose keys have one length, and no more than Snowflake's limit; each file is in one.
func TestBatches(t *testing.T) {
	var objects []lake.Object
	for i := range 7 {
		objects = append(objects, lake.Object{Key: fmt.Sprintf("2026-03-27/%d.parquet", i)},
			lake.Object{Key: fmt.Sprintf("2026-03-27/long-%d.parquet", i)})
	}
	var sizes []int
	seen := map[string]bool{}
	for _, batch := range batches(objects, 3) {
		sizes = append(sizes, len(batch))
		for _, o := range batch {
			if seen[o.Key] || len(o.Key) != len(batch[0].Key) {
				t.Errorf("%s is there twice, or beside %s", o.Key, batch[0].Key)
			}
			seen[o.Key] = true
		}
	}
	if !slices.Equal(sizes, []int{3, 3, 1, 3, 3, 1}) || len(seen) != len(objects) {
		t.Errorf("got %v, %d objects", sizes, len(seen))
	}
}
