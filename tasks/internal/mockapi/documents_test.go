package mockapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/tidwall/gjson"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
)

// documented returns a body that is made after the platform's documentation.
func documented(t *testing.T, platform, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../" + platform + "/testdata/documents/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// differs returns how a body's form is not that of the documents' body: its keys, their order, its types, and null where the
// documents' body has a value and nullable does not name the place. A place in a list is written as [].
func differs(want, got gjson.Result, at string, nullable []string) (all []string) {
	bad := func(format string, args ...any) { all = append(all, at+": "+fmt.Sprintf(format, args...)) }
	switch {
	case want.Type == gjson.Null:
		return nil // its type is not shown
	case got.Type == gjson.Null:
		if !slices.Contains(nullable, at) {
			bad("null")
		}
		return all
	case want.IsBool() != got.IsBool(), !want.IsBool() && want.Type != got.Type, want.IsArray() != got.IsArray():
		bad("%s, want %s", got.Raw, want.Raw)
		return all
	}
	if want.IsArray() {
		if first := want.Get("0"); first.Exists() {
			for _, item := range got.Array() {
				all = append(all, differs(first, item, at+"[]", nullable)...)
			}
		}
		return all
	}
	if !want.IsObject() {
		return nil
	}
	wantKeys, gotKeys := keysOf(want), keysOf(got)
	if !slices.Equal(wantKeys, gotKeys) {
		bad("the keys %q, want %q", gotKeys, wantKeys)
		return all
	}
	for _, key := range wantKeys {
		all = append(all, differs(want.Get(key), got.Get(key), strings.TrimPrefix(at+"."+key, "."), nullable)...)
	}
	return all
}

func keysOf(object gjson.Result) (keys []string) {
	object.ForEach(func(key, _ gjson.Result) bool {
		keys = append(keys, key.Str)
		return true
	})
	return keys
}

// holds compares the form of a body with the documents'.
func holds(t *testing.T, platform, name string, got []byte, nullable ...string) {
	t.Helper()
	if !json.Valid(got) {
		t.Errorf("%s: not JSON: %s", name, got)
		return
	}
	for _, d := range differs(gjson.ParseBytes(documented(t, platform, name)), gjson.ParseBytes(got), "", nullable) {
		t.Errorf("%s: %s", name, d)
	}
}

func TestADifferenceFromTheDocumentsIsSeen(t *testing.T) {
	want := gjson.Parse(`{"a":1,"b":{"c":"x","d":[{"e":true}]},"n":null}`)
	for got, place := range map[string]string{
		`{"b":{"c":"x","d":[]},"a":1,"n":2}`:                 ": the keys",
		`{"a":1,"b":{"c":"x","d":[]}}`:                       ": the keys",
		`{"a":"1","b":{"c":"x","d":[]},"n":2}`:               "a: \"1\"",
		`{"a":1,"b":{"c":null,"d":[]},"n":2}`:                "b.c: null",
		`{"a":1,"b":{"c":"x","d":[{"e":true},{}]},"n":null}`: "b.d[]: the keys",
		`{"a":1,"b":{"c":"x","d":{}},"n":2}`:                 "b.d: {}",
		`{"a":1,"b":{"c":"x","d":[{"e":1}]},"n":2}`:          "b.d[].e: 1",
	} {
		if all := differs(want, gjson.Parse(got), "", nil); len(all) != 1 || !strings.HasPrefix(all[0], place) {
			t.Errorf("%s: %q, want %s", got, all, place)
		}
	}
	if all := differs(want, gjson.Parse(`{"a":1,"b":{"c":null,"d":null},"n":{}}`), "", []string{"b.c", "b.d"}); len(all) > 0 {
		t.Errorf("%q", all)
	}
}

func TestOpenTablesErrorsAreTheDocuments(t *testing.T) {
	ask := func(s OpenTableSettings, path, token string) (*http.Response, []byte) {
		w := testWorld(t).serve(Settings{OpenTable: s})
		if token == "good" {
			token = w.token[reservation.OpenTable]
		}
		return w.ask("GET", path, "", "Authorization", "Bearer "+token)
	}
	for name, c := range map[string]struct {
		settings    OpenTableSettings
		path, token string
		status      int
	}{
		"error-401": {OpenTableSettings{}, "/sync/v2/reservations?rid=2200417", "good", 401},
		"error-401-missing-token": {OpenTableSettings{MissingToken: "401", ErrorMessage: "present"},
			"/sync/v2/guests?rid=1001", "", 401},
		"error-401-pos-data": {OpenTableSettings{Tier: "gold"},
			"/sync/v2/pos-data?rid=1001&scheduled_time_from=2026-11-20T00:00:00&scheduled_time_to=2026-11-21T00:00:00", "good",
			401},
		"error-404-backend":    {OpenTableSettings{ErrorForm: "backend"}, "/sync/v2/guests/" + someID, "good", 404},
		"error-gateway-errors": {OpenTableSettings{ErrorForm: "errors"}, "/sync/v2/guests?rid=1001", "guessed", 401},
		"error-table":          {OpenTableSettings{ErrorTimestamp: "integer"}, "/sync/v2/guests?rid=x", "good", 400},
	} {
		res, body := ask(c.settings, c.path, c.token)
		if res.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, c.status)
		}
		holds(t, reservation.OpenTable, name, body)
	}
	// The table's timestamp is in milliseconds, and the errors of the third form have the header's id.
	if _, body := ask(OpenTableSettings{ErrorTimestamp: "integer"}, "/sync/v2/guests?rid=x", "good"); gjson.GetBytes(body,
		"timestamp").Raw != "1774677600000" {
		t.Errorf("%s", body)
	}
	if _, body := ask(OpenTableSettings{ErrorForm: "errors"}, "/sync/v2/guests?rid=1001", "guessed"); gjson.GetBytes(body,
		"errors.0.message").Str != "invalid_token" {
		t.Errorf("%s", body)
	}
	for setting, want := range map[string]int{"": 401, "401": 401, "400": 400, "403": 403, "405": 405} {
		if res, _ := ask(OpenTableSettings{BadToken: setting}, "/sync/v2/guests?rid=1001", "guessed"); res.StatusCode != want {
			t.Errorf("bad token %q: %d, want %d", setting, res.StatusCode, want)
		}
	}
}

func TestTheForksErrorsAreTheDocuments(t *testing.T) {
	const id = "/00000000-0000-4000-8000-000000000001"
	for name, c := range map[string]struct {
		form, path, token string
		status            int
	}{
		"error-401":             {"data", "/customers" + id, "guessed", 401},
		"error-401-global":      {"bare", "/customers" + id, "guessed", 401},
		"error-gateway-401":     {"gateway", "/customers" + id, "guessed", 401},
		"error-gateway-403":     {"gateway", "/customers" + id, "", 403},
		"error-404-reservation": {"", "/reservations" + id, "good", 404},
		"error-404-customer":    {"", "/customers" + id, "good", 404},
		"error-404-review":      {"", "/reviews" + id, "good", 404},
		"error-404-phone":       {"", "/restaurants/" + london + "/customers/phone/+33155501234", "good", 404},
		"error-404-restaurant":  {"", "/restaurants" + id + "/offers?locale=fr_FR", "good", 404},
	} {
		w := testWorld(t).serve(Settings{TheFork: TheForkSettings{Unauthorized: c.form}})
		if c.token == "good" {
			c.token = w.token[reservation.TheFork]
		}
		res, body := w.ask("GET", "/manager/v1"+c.path, "", "Authorization", "Bearer "+c.token)
		if res.StatusCode != c.status || res.Header.Get("WWW-Authenticate") == "" && name == "error-gateway-401" {
			t.Errorf("%s: %d, want %d: %v", name, res.StatusCode, c.status, res.Header)
		}
		holdsExactly(t, name, body)
	}
	f := &theFork{}
	for name, status := range map[string]int{"error-429": 429, "error-500": 500} {
		a := f.refuse(status, "")
		holdsExactly(t, name, a.before)
	}
}

// holdsExactly compares a body of TheFork with the documents', values and all.
func holdsExactly(t *testing.T, name string, got []byte) {
	t.Helper()
	var want bytes.Buffer
	if err := json.Compact(&want, documented(t, reservation.TheFork, name)); err != nil {
		t.Fatal(err)
	}
	if want.String() != string(got) {
		t.Errorf("%s: %s, want %s", name, got, want.String())
	}
}

func TestTokensAreTheDocuments(t *testing.T) {
	w := testWorld(t).serve(Settings{})
	for _, method := range []string{"GET", "POST"} {
		res, body := w.ask(method, "/api/v2/oauth/token?grant_type=client_credentials", "", "Authorization", basic)
		holds(t, reservation.OpenTable, "token", body)
		token, ok := strings.CutPrefix(gjson.GetBytes(body, "access_token").Str, "v2-")
		if _, err := uuid.Parse(token); !ok || err != nil || res.Header.Get("Content-Type") != "application/json;charset=utf-8" ||
			res.Header.Get("Cache-Control") != "no-cache, no-store, max-age=0, must-revalidate" {
			t.Errorf("%s: %s %v", method, body, res.Header)
		}
		checkRequestID(t, res)
	}
	// A POST whose length is not said is refused.
	chunked := httptest.NewRequest(http.MethodPost, "/api/v2/oauth/token", http.NoBody)
	chunked.SetBasicAuth("ot", "ot-secret")
	chunked.ContentLength = -1
	if a := w.server.openTable.token(chunked, "x"); a.status != http.StatusLengthRequired {
		t.Errorf("a POST without Content-Length: %d %s", a.status, a.before)
	}
	form := "grant_type=client_credentials&client_id=tf&client_secret=tf-secret&audience=https%3A%2F%2Fapi.thefork.io"
	_, body := w.ask("POST", "/oauth/token", form, "Content-Type", "application/x-www-form-urlencoded")
	holds(t, reservation.TheFork, "token", body)
}

// Every reply of OpenTable has the headers of its examples.
func TestOpenTablesHeadersAreTheDocuments(t *testing.T) {
	w := testWorld(t).serve(Settings{})
	for _, path := range []string{"/sync/v2/reservations?rid=1001", "/sync/v2/guests?rid=2", "/sync/v2/guests/" + someID,
		"/api/v2/oauth/token"} {
		res, _ := w.get(reservation.OpenTable, path)
		for name, want := range map[string]string{"Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		for _, name := range []string{"OT-RequestId", "OT-AnonymousId", "OT-SessionID"} {
			if _, err := uuid.Parse(res.Header.Get(name)); err != nil {
				t.Errorf("%s: %s is %q", path, name, res.Header.Get(name))
			}
		}
	}
}

// dined is a world in which one guest of each platform dined on 20 November, and booked again.
func dined(t *testing.T) *world {
	w := testWorld(t)
	publish := func(platform string, lines map[string][]simulator.Line) {
		w.publish(platform, 101, "2026-11-20", lines)
	}
	const at = int64(1795217400000) // 2026-11-20T19:30:00Z
	line := func(id string, n int64, record []byte) simulator.Line {
		var compact bytes.Buffer
		if err := json.Compact(&compact, record); err != nil {
			t.Fatal(err)
		}
		return simulator.Line{ID: id, UpdatedAt: at + n, SequenceID: n, ScheduledAt: at + n*86_400_000, State: "RECORDED",
			ScheduledLocal: "2026-11-20T19:30:00", ConfirmationID: 20423, Record: compact.Bytes()}
	}
	const guest = "6e3c9b0a-d748-4f15-a2c6-905be7d1f834"
	var booked []simulator.Line
	for n := range int64(12) { // one in reviewedOneOf has a review
		id := uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, n))
		id[6] = id[6]&0x0f | 0x40
		l := line(id.String(), n, documented(t, reservation.TheFork, "reservation"))
		l.GuestID = guest
		booked = append(booked, l)
	}
	customer := line(guest, 1, documented(t, reservation.TheFork, "customer"))
	customer.ScheduledLocal = ""
	publish(reservation.TheFork, map[string][]simulator.Line{reservation.KindReservation: booked,
		reservation.KindCustomer: {customer}})
	done := documented(t, reservation.OpenTable, "reservation-platinum-done")
	publish(reservation.OpenTable, map[string][]simulator.Line{reservation.KindReservation: {
		line("1001-49b3c6d0-e2a7-4f15-8b60-3d9fa81c7e52", 1, done)}})
	return w
}

func TestListsAndWhatIsBesideThemAreTheDocuments(t *testing.T) {
	w := dined(t).serve(Settings{OpenTable: OpenTableSettings{Tier: "platinum"}})
	get := func(platform, path string) []byte {
		t.Helper()
		res, body := w.get(platform, path)
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
		return body
	}
	const pos = "/sync/v2/pos-data?rid=1001&scheduled_time_from=2026-11-20T00:00:00&scheduled_time_to=2026-11-21T00:00:00"
	holds(t, reservation.OpenTable, "pos-data-page", get(reservation.OpenTable, pos))
	if page := gjson.ParseBytes(get(reservation.OpenTable, pos)); page.Get("items.#").Int() != 1 || !strings.HasPrefix(
		page.Get("items.0.id").Str, "2200417-") || page.Get("items.0.id").Str != strings.ToUpper(page.Get("items.0.id").Str) ||
		page.Get("items.0.pos_sub_total").Int() != 9250 {
		t.Errorf("%s", page.Raw)
	}
	for path, want := range map[string]int{pos[:strings.Index(pos, "&")]: 400, pos + "&confirmation_id=1": 200,
		strings.Replace(pos, "1001", "9", 1): 401} {
		if res, body := w.get(reservation.OpenTable, path); res.StatusCode != want {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}

	const days = "?startDate=2026-11-01&endDate=2026-12-31&"
	holds(t, reservation.TheFork, "reservations-page",
		get(reservation.TheFork, "/manager/v1/reservations"+days+"restaurantUuid="+london))
	holds(t, reservation.TheFork, "customers-page", get(reservation.TheFork, "/manager/v1/customers"+days+"groupUuid="+group))
	reviews := get(reservation.TheFork, "/manager/v1/reviews"+days+"restaurantUuid="+london)
	holds(t, reservation.TheFork, "reviews-page", reviews)
	ids, commented := gjson.GetBytes(reviews, "data").Array(), 0
	for _, id := range ids {
		review := get(reservation.TheFork, "/manager/v1/reviews/"+id.Str)
		name := "review-rating-only" // its ratings are null, so that it shows no types
		if gjson.GetBytes(review, "comment").IsObject() {
			name, commented = "review", commented+1
		}
		holds(t, reservation.TheFork, name, review, "restaurantReply")
		b := gjson.GetBytes(review, "reservation.reservationUuid").Str
		if len(get(reservation.TheFork, "/manager/v1/reservations/"+b)) == 0 || uuid.MustParse(id.Str).Version() != 1 {
			t.Errorf("the review %s is of %s", id.Str, b)
		}
	}
	if len(ids) == 0 || commented == 0 {
		t.Errorf("%d reviews, %d with a comment", len(ids), commented)
	}
	with := get(reservation.TheFork, "/manager/v1/reviews"+days+"withCommentOnly=true&restaurantUuid="+london)
	if n := gjson.GetBytes(with, "data.#").Int(); n != int64(commented) {
		t.Errorf("%d with a comment, want %d", n, commented)
	}
	one := get(reservation.TheFork, "/manager/v1/reviews"+days+"limit=1&restaurantUuid="+london)
	if gjson.GetBytes(one, "data.#").Int() != 1 || gjson.GetBytes(one, "hasNext").Bool() != (len(ids) > 1) {
		t.Errorf("%s", one)
	}
	for _, query := range []string{days + "restaurantUuid=", days + "limit=101&restaurantUuid=" + london,
		"?startDate=2026-11-20&endDate=2026-11-20&restaurantUuid=" + london, days + "groupUuid=" + group} {
		if res, body := w.get(reservation.TheFork, "/manager/v1/reviews"+query); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, res.StatusCode, body)
		}
	}

	offers := get(reservation.TheFork, "/manager/v1/restaurants/"+london+"/offers?locale=fr_FR")
	holds(t, reservation.TheFork, "offers", offers)
	if gjson.GetBytes(offers, "#").Int() != 1 || gjson.GetBytes(offers, "0.price").Raw != "39" {
		t.Errorf("%s", offers)
	}
	known := get(reservation.TheFork, "/manager/v1/restaurants/"+london+"/customers/phone/+33155501234")
	holds(t, reservation.TheFork, "customer-by-phone", known)
	if gjson.GetBytes(known, "nextReservationsList.#").Int() == 0 {
		t.Errorf("%s", known)
	}
	const other = "/manager/v1/restaurants/" + london + "/customers/phone/0155501234"
	if res, _ := w.get(reservation.TheFork, other); res.StatusCode != 400 {
		t.Errorf("a number of another form: %d", res.StatusCode)
	}
}
