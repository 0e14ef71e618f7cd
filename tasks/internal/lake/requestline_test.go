package lake

import (
	"strings"
	"testing"
	"time"
)

func TestAppendRequest(t *testing.T) {
	at := time.Date(2026, 3, 28, 1, 2, 3, 4567890, time.FixedZone("", 3600))
	for want, r := range map[string]Request{
		`{"id":"ot-1","at":"2026-03-28T00:02:03.004567Z","kind":"reservation","sweep":2,"method":"GET",` +
			`"url":"https://h/p?a=1&b=2","attempt":1,"status":200,"ms":12,"bytes":34}`: {
			ID: "ot-1", Kind: "reservation", Sweep: 2, Method: "GET", URL: "https://h/p?a=1&b=2", Attempt: 1,
			Status: 200, Millis: 12, Bytes: 34,
		},
		`{"id":"tf-2","at":"2026-03-28T00:02:03.004567Z","token":true,"method":"POST",` +
			`"url":"https://h/t","attempt":3,"failed":"no answer in time","ms":0,"bytes":0}`: {
			ID: "tf-2", Token: true, Method: "POST", URL: "https://h/t", Attempt: 3, Failed: "no answer in time",
		},
	} {
		got, err := AppendRequest([]byte("x"), at, r)
		if err != nil || string(got) != "x"+want+"\n" {
			t.Errorf("%s, error %v", got, err)
		}
	}
}

// aLog returns a request log of n lines in two objects.
func aLog(prefix string, n int64) []Object {
	return []Object{anObject(prefix, KindRequest, "d", 4, 1), anObject(prefix, KindRequest, "e", n-4, 5)}
}

// The log has a line for each of the reading's nine requests and those for tokens; a reading of an older program has none.
func TestARequestLogIsCounted(t *testing.T) {
	id := readingAt(0)
	at := ReadingPrefix(id)
	for name, c := range map[string]struct {
		tokens int64
		log    []Object
		want   string // empty: nothing is wrong
	}{
		"no tokens":      {0, aLog(at, 9), ""},
		"tokens":         {2, aLog(at, 11), ""},
		"none":           {2, nil, ""},
		"less than none": {-1, nil, "token_requests: -1 cannot be a count"},
		"a line too few": {1, aLog(at, 9), "request_log: 9 lines for 9 requests and 1 token requests"},
		"a gap":          {0, []Object{aLog(at, 9)[1]}, "first_line is 5, want 1"},
		"elsewhere":      {0, aLog("elsewhere/", 9), "objects[0]: key is not"},
		"of another kind": {0, append(aLog(at, 9), anObject(at, "reservation", "3", 1, 1)),
			`kind "reservation" does not belong here`},
		"named twice": {0, []Object{aLog(at, 8)[0], aLog(at, 8)[0]}, "the object is named twice"},
	} {
		r := aReading(id)
		r.TokenRequests, r.RequestLog = c.tokens, c.log
		got := strings.Join(r.problems(ManifestKey(id)), "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: want %q, got %q", name, c.want, got)
		}
	}
	r := aReading(id)
	r.Objects = aLog(at, 9)
	if got := strings.Join(r.problems(ManifestKey(id)), "; "); !strings.Contains(got, `kind "request" does not belong here`) {
		t.Errorf("a log among the records: %q", got)
	}
}
