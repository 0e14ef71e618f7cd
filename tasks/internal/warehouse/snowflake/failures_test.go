package snowflake

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse/engine"
)

// exits are the programs' exit codes (README.md).
var exits = map[fault.Kind]int{fault.Usage: 64, fault.Data: 65, fault.Unavailable: 69, fault.Defect: 70, fault.Temporary: 75,
	fault.Denied: 77}

// TestFailures meets each failure through the driver: kind, exit code and advice are the table's, a value is never shown, and
// every line of the table is met.
func TestFailures(t *testing.T) {
	hit := map[int]bool{}
	for _, c := range met {
		t.Run(c.name, func(t *testing.T) {
			s := newSaid(t, func(r request, w http.ResponseWriter) bool {
				switch {
				case c.at == tokenPath && r.path == queryPath:
					_, _ = io.WriteString(w, refusal(390112, "08001", "Your session has expired. Please login again."))
				case r.path != c.at:
					return false
				case c.status != 0:
					w.WriteHeader(c.status)
					_, _ = io.WriteString(w, c.says)
				default:
					_, _ = io.WriteString(w, refusal(c.number, c.state, c.says))
				}
				return true
			})
			err := s.run(t.Context(), "DELETE FROM t")
			if err == nil {
				t.Fatal("it succeeded")
			}
			kind := fault.KindOf(err)
			if kind != c.kind || exits[kind] != c.exit || s.engine.Lost(err) != c.passes ||
				s.engine.Busy(err) != (c.number == lockHeld) {
				t.Errorf(
					"kind %d, exit code %d, passes %v, busy %v: %v",
					kind,
					exits[kind],
					s.engine.Lost(err),
					s.engine.Busy(err),
					err,
				)
			}
			text := err.Error()
			if _, advice, _ := strings.Cut(text, "; "); !strings.Contains(advice, c.next) {
				t.Errorf("no %q in the advice of %q", c.next, text)
			}
			if strings.Contains(text, "planted") || strings.Contains(text, "%!") || strings.Contains(text, "%v") ||
				strings.Contains(text, "requestId") || strings.Contains(text, "\n") {
				t.Errorf("shown: %q", text)
			}
			if got := number(err); got != nil {
				hit[failureOf(got)] = true
			}
		})
	}
	hit[slices.IndexFunc(failures, func(f failure) bool { return f.from == gaveUp })] = true // TestSentAgain
	hit[slices.IndexFunc(failures, func(f failure) bool { return f.from == gosnowflake.ErrFailedToGetChunk })] = true
	for i, f := range failures {
		if !hit[i] {
			t.Errorf("nothing meets failure %d: %d to %d, %v, %v", i, f.from, f.to, f.state, f.says)
		}
	}
}

// TestNoPartOfAResult: a part of a result that cannot be fetched from where it lies.
func TestNoPartOfAResult(t *testing.T) {
	s := newSaid(t, nil)
	s.answer = func(r request, w http.ResponseWriter) bool {
		if r.path == "/part" {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		if r.path != queryPath {
			return false
		}
		_, _ = fmt.Fprintf(
			w,
			`{"success":true,"data":{"queryResultFormat":"json","rowtype":[{"name":"A","type":"text"}],"rowset":[],
			"total":1,"returned":1,"chunks":[{"url":"http://%s/part","rowCount":1,"uncompressedSize":1}],"statementTypeId":4096}}`,
			s.address,
		)
		return true
	}
	conn, err := s.engine.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = engine.Each(t.Context(), s.engine, conn, engine.Statement{Name: "x", SQL: "SELECT a FROM t"}, nil,
		func([]string, []string, []any) error { return nil })
	if fault.KindOf(err) != fault.Unavailable || !s.engine.Lost(err) || !strings.Contains(err.Error(), "SYSTEM$ALLOWLIST") {
		t.Errorf("got %v", err)
	}
}

// number is what Snowflake, or the driver in its name, said.
func number(err error) *gosnowflake.SnowflakeError {
	for err != nil {
		if s, ok := err.(*gosnowflake.SnowflakeError); ok { //nolint:errorlint // it is looked for by hand
			return s
		}
		u, ok := err.(interface{ Unwrap() error }) //nolint:errorlint // likewise
		if !ok {
			return nil
		}
		err = u.Unwrap()
	}
	return nil
}
