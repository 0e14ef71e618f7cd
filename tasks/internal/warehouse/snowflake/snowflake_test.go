package snowflake

import (
	"context"
	"database/sql/driver"
	"fmt"
	neturl "net/url"
	"slices"
	"strings"
	"testing"

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

// TestBrokenConnections: a broken connection is no answer, and being stopped is none either but no failure.
func TestBrokenConnections(t *testing.T) {
	e := &snowflake{}
	if err := e.Explain(context.Background(), "x", driver.ErrBadConn); fault.KindOf(err) != fault.Unavailable || !e.Lost(err) {
		t.Errorf("a broken connection: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Explain(ctx, "x", driver.ErrBadConn); fault.KindOf(err) != fault.Stopped || e.Lost(err) {
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
