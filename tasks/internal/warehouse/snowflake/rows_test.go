package snowflake

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"covers/tasks/internal/fault"
)

// partsRefused is a Snowflake whose results have a second part, to which nobody is let in.
func partsRefused(t *testing.T) *said {
	t.Helper()
	var s *said
	s = newSaid(t, func(r request, w http.ResponseWriter) bool {
		switch r.path {
		case "/elsewhere":
			w.WriteHeader(http.StatusForbidden)
		case queryPath:
			if _, err := fmt.Fprintf(w, `{"success": true, "data": {"queryId": "q", "queryResultFormat": "json", "parameters": [],
				"rowtype": [{"name": "X", "type": "text", "length": 100, "nullable": true}], "rowset": [["x"]], "total": 2,
				"returned": 1, "qrmk": "k", "chunks": [{"url": "http://%s/elsewhere", "rowCount": 1, "uncompressedSize": 10,
				"compressedSize": 10}]}}`, s.address); err != nil {
				t.Error(err)
			}
		default:
			return false
		}
		return true
	})
	return s
}

// TestReadersDoNotSleepForEver: a result whose parts cannot be fetched ends with an error, each time. Without the waking, the
// reader slept for ever in one of two hundred.
func TestReadersDoNotSleepForEver(t *testing.T) {
	s := partsRefused(t)
	conn, err := s.engine.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	read := func() (n int, err error) {
		rows, err := conn.QueryContext(t.Context(), "SELECT x")
		if err != nil {
			return 0, err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			n++
		}
		return n, rows.Err()
	}
	for i := range 500 {
		ended := make(chan int, 1)
		go func() {
			n, err := read()
			if err == nil || fault.KindOf(s.engine.Explain(t.Context(), "read", err)) == fault.Defect {
				t.Errorf("got %v", err)
			}
			ended <- n
		}()
		select {
		case n := <-ended:
			if n != 1 {
				t.Fatalf("%d rows of two, the second of which could not be fetched", n)
			}
		case <-time.After(time.Minute):
			t.Fatalf("the reader of result %d sleeps", i) // and would hold the session's end
		}
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
