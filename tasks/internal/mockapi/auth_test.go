package mockapi

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/thefork"
)

// ask sends a request with any method, body and headers.
func (w *world) ask(method, path, body string, header ...string) (*http.Response, []byte) {
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequest(method, w.http.URL+path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return w.do(r)
}

const basic = "Basic b3Q6b3Qtc2VjcmV0" // ot:ot-secret

func TestOpenTableToken(t *testing.T) {
	w := testWorld(t).serve(Settings{})
	form := []string{"Authorization", basic, "Content-Type", "application/x-www-form-urlencoded"}
	for name, c := range map[string]struct {
		method, path, body string
		header             []string
		status             int
	}{
		"GET":                 {"GET", "?grant_type=client_credentials", "", []string{"Authorization", basic}, 200},
		"POST, empty":         {"POST", "", "", []string{"Authorization", basic}, 200},
		"POST, empty, query":  {"POST", "?grant_type=client_credentials", "", []string{"Authorization", basic}, 200},
		"POST, form":          {"POST", "", "grant_type=client_credentials", form, 200},
		"GET without a grant": {"GET", "", "", []string{"Authorization", basic}, 400},
		"another grant":       {"GET", "?grant_type=password", "", []string{"Authorization", basic}, 400},
		"another grant, form": {"POST", "", "grant_type=password", form, 400},
		"no credentials":      {"GET", "?grant_type=client_credentials", "", nil, 401},
		"another's": {"GET", "?grant_type=client_credentials", "", []string{"Authorization", "Basic b3Q6d3Jvbmc="},
			401},
		"a form that is none":  {"POST", "", "%zz", form, 400},
		"a method that is not": {"PUT", "?grant_type=client_credentials", "", []string{"Authorization", basic}, 405},
	} {
		res, body := w.ask(c.method, "/api/v2/oauth/token"+c.path, c.body, c.header...)
		if res.StatusCode != c.status {
			t.Errorf("%s: %d %s, want %d", name, res.StatusCode, body, c.status)
		}
		checkRequestID(t, res)
		var reply opentable.TokenReply
		if err := json.Unmarshal(body, &reply); err != nil {
			t.Fatal(err)
		}
		if c.status == 200 && (!strings.EqualFold(reply.TokenType, "bearer") || reply.ExpiresIn != 7*24*3600 ||
			reply.Scope == "" || reply.AccessToken == "") {
			t.Errorf("%s: %+v", name, reply)
		}
	}
}

var requestID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$`)

func checkRequestID(t *testing.T, res *http.Response) {
	t.Helper()
	if id := res.Header.Get("OT-RequestId"); !requestID.MatchString(id) {
		t.Errorf("OT-RequestId is %q", id)
	}
}

func TestTheForkToken(t *testing.T) {
	w := testWorld(t).serve(Settings{})
	form := func(id, secret, grant, audience string) string {
		return url.Values{"grant_type": {grant}, "client_id": {id}, "client_secret": {secret}, "audience": {audience}}.Encode()
	}
	const formType, jsonType = "application/x-www-form-urlencoded", "application/json; charset=utf-8"
	good := form("tf", "tf-secret", "client_credentials", thefork.Audience)
	for name, c := range map[string]struct {
		method, body, kind string
		status             int
	}{
		"form": {"POST", good, formType, 200},
		"JSON": {"POST",
			`{"grant_type":"client_credentials","client_id":"tf","client_secret":"tf-secret","audience":"https://api.thefork.io"}`,
			jsonType, 200},
		"no type":        {"POST", good, "", 400},
		"not JSON":       {"POST", good, jsonType, 400},
		"not a form":     {"POST", "%zz", formType, 400},
		"another secret": {"POST", form("tf", "x", "client_credentials", thefork.Audience), formType, 401},
		"another grant":  {"POST", form("tf", "tf-secret", "password", thefork.Audience), formType, 403},
		"no audience":    {"POST", form("tf", "tf-secret", "client_credentials", ""), formType, 403},
		"GET":            {"GET", "", "", 405},
	} {
		res, body := w.ask(c.method, "/oauth/token", c.body, "Content-Type", c.kind)
		if res.StatusCode != c.status {
			t.Errorf("%s: %d %s, want %d", name, res.StatusCode, body, c.status)
		}
		var reply thefork.TokenReply
		if err := json.Unmarshal(body, &reply); err != nil {
			t.Fatal(err)
		}
		if c.status == 200 && (reply.ExpiresIn != 8600 || reply.AccessToken == "") {
			t.Errorf("%s: %+v", name, reply)
		}
	}
	hidden := testWorld(t).serve(Settings{TheFork: TheForkSettings{ExpiresIn: "absent"}})
	if _, body := hidden.ask("POST", "/oauth/token", good, "Content-Type", formType); strings.Contains(string(body),
		"expires_in") {
		t.Errorf("expires_in is there: %s", body)
	}
}

const (
	someID    = "1001-00000000-0000-4000-8000-000000000001"
	foreignID = "2002-00000000-0000-4000-8000-000000000001"
)

var eightDigits = regexp.MustCompile(`^"requestId":"[0-9a-f]{8}"}$`)

func TestOpenTableErrors(t *testing.T) {
	w := testWorld(t).serve(Settings{OpenTable: OpenTableSettings{ErrorMessage: "present"}})
	type check struct {
		path   string
		status int
	}
	refused := func(token string, c check, message string) {
		t.Helper()
		header := []string{}
		if token != "" {
			header = []string{"Authorization", token}
		}
		res, body := w.ask("GET", c.path, "", header...)
		checkRequestID(t, res)
		want := fmt.Sprintf(`{"timestamp":"2026-03-28T06:00:00.000+0000","path":%q,"status":%d,"error":%q,`,
			strings.Split(c.path, "?")[0], c.status, http.StatusText(c.status))
		if message != "" {
			want += fmt.Sprintf(`"message":%q,`, message)
		}
		rest, ok := strings.CutPrefix(string(body), want)
		if !ok || !eightDigits.MatchString(rest) || res.StatusCode != c.status ||
			res.Header.Get("Content-Type") != "application/json" ||
			strings.Contains(res.Header.Get("OT-RequestId"), rest[13:21]) {
			t.Errorf("%s: %d %s, want %s…", c.path, res.StatusCode, body, want)
		}
	}
	for _, path := range []string{"/sync/v2/reservations?rid=1001", "/sync/v2/guests?rid=1001", "/sync/v2/reservations/" + someID,
		"/sync/v2/guests/" + someID} {
		refused("", check{path, 400}, "Missing authorization token for request")
		refused("Basic b3Q6b3Qtc2VjcmV0", check{path, 400}, "Missing authorization token for request")
		refused("Bearer guessed", check{path, 401}, "Unauthorized")
	}
	own := "Bearer " + w.token[reservation.OpenTable]
	const number, local = " must be a whole number from ", " must be of the form YYYY-MM-DDThh:mm:ss"
	const instant = "updated_after" + local + ".sssZ"
	for path, message := range map[string]string{
		"/sync/v2/reservations":                                      "rid is required",
		"/sync/v2/guests?rid=x":                                      "rid" + number + "0 to 4611686018427387904",
		"/sync/v2/guests?rid=1001&limit=2001":                        "limit must be a whole number from 1 to 2000",
		"/sync/v2/guests?rid=1001&limit=0":                           "limit must be a whole number from 1 to 2000",
		"/sync/v2/guests?rid=1001&offset=-1":                         "offset must be a whole number from 0 to 2147483648",
		"/sync/v2/guests?rid=1001&updated_after=2026-03-28":          instant,
		"/sync/v2/reservations?rid=1001&scheduled_time_from=now":     "scheduled_time_from" + local,
		"/sync/v2/reservations?rid=1001&scheduled_time_to=2026-03":   "scheduled_time_to" + local,
		"/sync/v2/reservations?rid=1001&confirmation_id=first":       "confirmation_id" + number + "1 to 4611686018427387904",
		"/sync/v2/reservations?rid=1001&updated_after=2026-03-28T00": instant,
	} {
		refused(own, check{path, 400}, message)
	}
	for path, status := range map[string]int{
		"/sync/v2/reservations?rid=2002": 401, "/sync/v2/guests?rid=2002": 401, "/sync/v2/reservations/" + foreignID: 401,
		"/sync/v2/reservations/" + someID: 404, "/sync/v2/guests/" + someID: 404, "/sync/v2/guests/1001-x": 404,
		"/sync/v2/guests/x": 404, "/sync/v2/else": 404,
	} {
		refused(own, check{path, status}, http.StatusText(status))
	}
	// Tokens of one platform are nothing to the other.
	refused("Bearer "+w.token[reservation.TheFork], check{"/sync/v2/guests?rid=1001", 401}, "Unauthorized")
	// They live for days; the scheme's case does not matter.
	w.now = w.now.Add(7*24*time.Hour - time.Second)
	if res, body := w.ask("GET", "/sync/v2/guests?rid=1001", "", "Authorization",
		strings.ToLower(own[:7])+own[7:]); res.StatusCode != 200 {
		t.Errorf("a second before its end: %d %s", res.StatusCode, body)
	}
	w.now = w.now.Add(time.Second)
	res, _ := w.ask("GET", "/sync/v2/guests?rid=1001", "", "Authorization", own)
	if res.StatusCode != 401 {
		t.Errorf("after its end: %d", res.StatusCode)
	}

	forbidden := testWorld(t).serve(Settings{OpenTable: OpenTableSettings{Foreign: "403"}})
	if res, _ := forbidden.get(reservation.OpenTable, "/sync/v2/guests?rid=2002"); res.StatusCode != 403 {
		t.Errorf("foreign restaurant: %d, want 403", res.StatusCode)
	}
}

func TestTheForkErrors(t *testing.T) {
	w := testWorld(t).serve(Settings{})
	const id, days = "00000000-0000-4000-8000-000000000001", "&startDate=2026-03-28&endDate=2026-03-29"
	for _, token := range []string{"", "Bearer guessed", "Basic x", "Bearer " + w.token[reservation.OpenTable]} {
		res, body := w.ask("GET", "/manager/v1/reservations?groupUuid="+group+days, "", "Authorization", token)
		if res.StatusCode != 401 || string(body) != `{"data":{"code":""},"error":"Unauthorized","statusCode":401}` ||
			res.Header.Get("WWW-Authenticate") != "" {
			t.Errorf("%d %s %v", res.StatusCode, body, res.Header)
		}
	}
	notFound := func(code string) string {
		return `{"data":{"code":"` + code + `"},"error":"Not Found","statusCode":404}`
	}
	const badRequest = `{"data":{"code":""},"error":"Bad Request","statusCode":400}`
	const unauthorized = `{"data":{"code":""},"error":"Unauthorized","statusCode":401}`
	for path, want := range map[string]string{
		"/manager/v1/reservations/" + id:              notFound("RESERVATION_NOT_FOUND"),
		"/manager/v1/reservations/x":                  notFound("RESERVATION_NOT_FOUND"),
		"/manager/v1/customers/" + id:                 notFound("CUSTOMER_NOT_FOUND"),
		"/manager/v1/else":                            notFound(""),
		"/manager/v1/reservations?" + days:            badRequest,
		"/manager/v1/reservations?groupUuid=" + group: badRequest,
		"/manager/v1/reservations?groupUuid=" + group + days + "&filterBy=createdDate":             badRequest,
		"/manager/v1/reservations?groupUuid=" + group + days + "&limit=10001":                      badRequest,
		"/manager/v1/reservations?groupUuid=" + group + days + "&restaurantUuid=":                  badRequest,
		"/manager/v1/reservations?groupUuid=" + group + days + "&page=0":                           badRequest,
		"/manager/v1/customers?restaurantUuid=" + london + days:                                    badRequest,
		"/manager/v1/reservations?groupUuid=7a1d3c90-44be-4f0e-9d52-6b8e4c2a9999" + days:           unauthorized,
		"/manager/v1/reservations?restaurantUuid=7a1d3c90-44be-4f0e-9d52-6b8e4c2a9999" + days:      unauthorized,
		"/manager/v1/customers?groupUuid=7a1d3c90-44be-4f0e-9d52-6b8e4c2a9999" + days:              unauthorized,
		"/manager/v1/reservations?groupUuid=" + group + "&startDate=28/03/2026&endDate=2026-03-29": badRequest,
	} {
		res, body := w.get(reservation.TheFork, path)
		if string(body) != want || !strings.Contains(want, http.StatusText(res.StatusCode)) {
			t.Errorf("%s: %d %s, want %s", path, res.StatusCode, body, want)
		}
	}
	// Tokens live for 8600 seconds.
	path := "/manager/v1/customers/" + id
	w.now = w.now.Add(8599 * time.Second)
	if res, _ := w.get(reservation.TheFork, path); res.StatusCode != 404 {
		t.Errorf("before its end: %d", res.StatusCode)
	}
	w.now = w.now.Add(time.Second)
	if res, body := w.get(reservation.TheFork, path); res.StatusCode != 401 || string(body) != unauthorized {
		t.Errorf("after its end: %d %s", res.StatusCode, body)
	}
	w.server.settings.TheFork.Unauthorized = "bare"
	if res, body := w.get(reservation.TheFork, path); res.StatusCode != 401 ||
		string(body) != `{"statusCode":401,"error":"Unauthorized"}` {
		t.Errorf("as of any call: %d %s", res.StatusCode, body)
	}
	w.server.settings.TheFork.Unauthorized = "gateway"
	if res, body := w.get(reservation.TheFork, path); res.StatusCode != 401 || string(body) != `{"message":"Unauthorized"}` ||
		res.Header.Get("WWW-Authenticate") != `Bearer realm="auth.thefork.io", error="invalid_token"` {
		t.Errorf("from the gateway: %d %s %v", res.StatusCode, body, res.Header)
	}
	if res, body := w.ask("GET", path, ""); res.StatusCode != 403 || string(body) != `{"message":"Forbidden"}` {
		t.Errorf("from the gateway, without a token: %d %s", res.StatusCode, body)
	}
}

func TestDefaultsAndMaxima(t *testing.T) {
	w := testWorld(t).serve(Settings{OverLimit: "clamp"})
	for query, want := range map[string]int64{"": 1000, "&limit=2000": 2000, "&limit=999999": 2000} {
		var page opentable.Page
		w.must(reservation.OpenTable, "/sync/v2/reservations?rid=1001"+query, &page)
		if page.Limit != want || page.Offset != 0 || page.HasNextPage || page.NextPageURL != nil || page.Items == nil ||
			len(page.Items) != 0 {
			t.Errorf("%q: %+v", query, page)
		}
	}
	for query, want := range map[string]int64{"": 100, "&limit=10000": 10000, "&limit=999999": 10000} {
		var page thefork.IDPage
		w.must(reservation.TheFork, "/manager/v1/customers?startDate=2026-03-28&endDate=2026-03-28&groupUuid="+group+query, &page)
		if page.Limit != want || page.Page != 1 || page.TotalCount != 0 || page.Data == nil {
			t.Errorf("%q: %+v", query, page)
		}
	}
}

func TestLowestTierHasNoPerson(t *testing.T) {
	w := testWorld(t)
	records := []string{
		`{"id":"` + someID + `","first_name":"Zoë","notes":"a, \"b\" {c","tags":["x",{"email":1}],"phone_numbers":` +
			`[{"number":"1,2}"}],"forgotten":false,"email":null}`,
		"{\"id\":\"1001-00000000-0000-4000-8000-000000000002\",\"last_name\":\"caf\xe9\",\"notes\":\"caf\xe9\"}",
	}
	want := []string{
		`{"id":"` + someID + `","notes":"a, \"b\" {c","tags":["x",{"email":1}],"forgotten":false}`,
		"{\"id\":\"1001-00000000-0000-4000-8000-000000000002\",\"notes\":\"caf\xe9\"}",
	}
	ids := []string{someID, "1001-00000000-0000-4000-8000-000000000002"}
	var lines []simulator.Line
	for i, r := range records {
		lines = append(lines, simulator.Line{ID: ids[i], UpdatedAt: start, Record: []byte(r)})
	}
	w.publish(reservation.OpenTable, 101, "2026-03-28", map[string][]simulator.Line{reservation.KindCustomer: lines})
	w.serve(Settings{OpenTable: OpenTableSettings{Tier: "copper"}})
	for i, id := range ids {
		if _, body := w.get(reservation.OpenTable, "/sync/v2/guests/"+id); string(body) != want[i] {
			t.Errorf("got %s, want %s", body, want[i])
		}
	}
}
