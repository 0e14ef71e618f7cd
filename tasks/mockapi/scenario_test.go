package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/thefork"
)

// peopled is a world with 30 records of each kind on 28 March, written as the platforms write them.
func peopled(t *testing.T) *world {
	w := testWorld(t)
	w.people("2026-03-28", 0, 30)
	return w
}

// people publishes n records of each kind, the first with a number, that changed on a day from noon on.
func (w *world) people(day string, first, n int) {
	noon, err := time.Parse(time.RFC3339, day+"T12:00:00Z")
	if err != nil {
		w.t.Fatal(err)
	}
	here, err := time.LoadLocation("Europe/London")
	if err != nil {
		w.t.Fatal(err)
	}
	lines := map[string]map[string][]simulator.Line{reservation.OpenTable: {}, reservation.TheFork: {}}
	for i := first; i < first+n; i++ {
		at := noon.Add(time.Duration(i) * time.Second)
		id := uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, i)).String()
		clock := fmt.Sprintf(`"updated_at":%q,"updated_at_utc":%q`, at.In(here).Format(localMillis), at.Format(utcMillis))
		sequence := at.UnixMilli() / 1000
		meal := simulator.Line{UpdatedAt: at.UnixMilli(), ScheduledAt: at.UnixMilli(), ScheduledLocal: at.Format(opentable.LocalTime), State: "Confirmed"}
		add := func(platform, kind, id string, l simulator.Line, format string, args ...any) {
			l.ID, l.UpdatedAt, l.Record = id, at.UnixMilli(), fmt.Appendf(nil, format, args...)
			lines[platform][kind] = append(lines[platform][kind], l)
		}
		meal.SequenceID, meal.ConfirmationID = sequence, int64(i+1)
		add(reservation.OpenTable, reservation.KindReservation, "1001-"+id, meal,
			`{"id":"1001-%[1]s","href":"https://h/%[2]s/1001-%[1]s","rid":1001,"sequence_id":%[3]d,"confirmation_id":%[4]d,"party_size":2,%[5]s,"notes":"é  <>"}`,
			id, "reservations", sequence, i+1, clock)
		add(reservation.OpenTable, reservation.KindCustomer, "1001-"+id, simulator.Line{SequenceID: sequence},
			`{"id":"1001-%[1]s","href":"https://h/guests/1001-%[1]s","sequence_id":%[2]d,"archived":false,%[3]s}`, id, sequence, clock)
		meal.SequenceID, meal.ConfirmationID = 0, 0
		add(reservation.TheFork, reservation.KindReservation, id, meal, `{"reservationUuid":%q,"partySize":1,"createdAt":%q,"updatedAt":null}`, id, at.Format(utcMillis))
		add(reservation.TheFork, reservation.KindCustomer, id, simulator.Line{}, `{"customerUuid":%q,"isVip":true,"lastUpdateDate":%q}`, id, at.Format(utcMillis))
	}
	for platform, kinds := range lines {
		w.publish(platform, 101, day, kinds)
	}
}

// seen is an answer as it came over the wire.
type seen struct {
	fault   string // "" for a good one
	status  int
	header  http.Header
	body    []byte // unpacked
	elapsed time.Duration
}

// look asks over a connection of its own, so that nothing between the server's bytes and the test mends or hides anything.
func (w *world) look(first string, header ...string) seen {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.http.Listener.Addr().String())
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	started := time.Now()
	fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: platform\r\nConnection: close\r\n%s\r\n\r\n", first, strings.Join(header, "\r\n"))
	raw, err := io.ReadAll(conn)
	s := seen{elapsed: time.Since(started)}
	if errors.Is(err, syscall.ECONNRESET) && len(raw) == 0 {
		s.fault = "reset"
		return s
	}
	if err != nil {
		w.t.Fatal(err)
	}
	head, body, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
	if err != nil || !ok {
		w.t.Fatalf("%v: %s", err, head)
	}
	s.status, s.header, s.body = res.StatusCode, res.Header, body
	length, err := strconv.Atoi(res.Header.Get("Content-Length"))
	if err != nil {
		w.t.Fatalf("no length: %s", head)
	}
	html := strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && bytes.Contains(body, []byte("</html>"))
	switch {
	case len(body) == length/2 && length > 0:
		s.fault = "cut"
	case length == len(body)+10:
		s.fault = "too_long"
	case length == len(body)-10:
		s.fault = "too_short"
	case length != len(body):
		w.t.Fatalf("%d bytes, %d named", len(body), length)
	case res.Header.Get("Content-Encoding") == "gzip":
		s.fault = unzipped(body)
	case s.status == http.StatusTooManyRequests:
		s.fault = "too_many_requests"
	case s.status >= 500:
		s.fault = "server_error"
	case s.status == http.StatusUnauthorized:
		s.fault = "revoked"
	case s.status == http.StatusNotFound:
		s.fault = "not_found"
	case html:
		s.fault = "html"
	case length == 0:
		s.fault = "empty"
	case s.status != http.StatusOK || !json.Valid(body):
		w.t.Fatalf("%d %s", s.status, body)
	}
	return s
}

func unzipped(body []byte) string {
	zip, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		_, err = io.ReadAll(zip)
	}
	switch {
	case err == nil:
		return "gzip"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "gzip_cut"
	}
	return "gzip_broken"
}

// lists are the four lists of the tests' restaurant: the first half of a page's address, and where the records are one by one.
var lists = []struct{ platform, records, list, one string }{
	{reservation.OpenTable, reservation.KindReservation, opentable.ReservationsPath + "?rid=1001&updated_after=2026-03-28T00:00:00.000Z&limit=10", opentable.ReservationsPath},
	{reservation.OpenTable, reservation.KindCustomer, opentable.GuestsPath + "?rid=1001&updated_after=2026-03-28T00:00:00.000Z&limit=10", opentable.GuestsPath},
	{reservation.TheFork, reservation.KindReservation, thefork.BasePath + thefork.ReservationsPath + "?startDate=2026-03-27&endDate=2026-03-29&limit=10&restaurantUuid=" + london,
		thefork.BasePath + thefork.ReservationsPath},
	{reservation.TheFork, reservation.KindCustomer, thefork.BasePath + thefork.CustomersPath + "?startDate=2026-03-27&endDate=2026-03-29&limit=10&groupUuid=" + group, thefork.BasePath + thefork.CustomersPath},
}

// reader reads lists as a client does that asks again until it is answered, and writes down all that it meets.
type reader struct {
	*world
	met []seen
}

func (r *reader) ask(platform, path string) seen {
	r.t.Helper()
	for range 1000 {
		s := r.look("GET "+path, "Authorization: Bearer "+r.token[platform])
		r.met = append(r.met, s)
		switch s.fault {
		case "revoked":
			r.reauthorise(platform)
		case "", "not_found":
			return s
		}
	}
	r.t.Fatalf("%s: no answer", path)
	return seen{}
}

// reauthorise asks for a token until there is one.
func (r *reader) reauthorise(platform string) {
	r.t.Helper()
	ask := []string{"GET " + opentable.TokenPath + "?grant_type=client_credentials", "Authorization: Basic b3Q6b3Qtc2VjcmV0"}
	if platform == reservation.TheFork {
		body := `{"grant_type":"client_credentials","client_id":"tf","client_secret":"tf-secret","audience":"` + thefork.Audience + `"}`
		ask = []string{"POST " + thefork.TokenPath, "Content-Type: application/json", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)}
	}
	for range 100 {
		s := r.look(ask[0], ask[1:]...)
		r.met = append(r.met, s)
		if s.fault != "" {
			continue
		}
		var reply opentable.TokenReply
		if err := json.Unmarshal(s.body, &reply); err != nil {
			r.t.Fatal(err)
		}
		r.token[platform] = reply.AccessToken
		return
	}
	r.t.Fatalf("%s: no token", platform)
}

// page gives the ids of a page.
func (r *reader) page(list int, n int) (ids []string) {
	r.t.Helper()
	l := lists[list]
	path := fmt.Sprintf("%s&offset=%d", l.list, n*10)
	if l.platform == reservation.TheFork {
		path = fmt.Sprintf("%s&page=%d", l.list, n+1)
	}
	var page struct {
		Items []json.RawMessage
		Data  []string
	}
	if err := json.Unmarshal(r.ask(l.platform, path).body, &page); err != nil {
		r.t.Fatal(err)
	}
	for _, item := range page.Items {
		var head struct{ ID string }
		if err := json.Unmarshal(item, &head); err != nil {
			r.t.Fatal(err)
		}
		ids = append(ids, head.ID)
	}
	return append(ids, page.Data...)
}

// sweep goes through a list once, asks for each record by its id too, and gives each id as often as it was listed.
func (r *reader) sweep(list int) (ids []string) {
	r.t.Helper()
	for n := 0; ; n++ {
		page := r.page(list, n)
		if len(page) == 0 {
			return ids
		}
		ids = append(ids, page...)
		for _, id := range page {
			r.ask(lists[list].platform, lists[list].one+"/"+id)
		}
	}
}

func (w *world) told() (out scenarioReport) {
	w.t.Helper()
	w.must("", "/scenario", &out)
	return out
}

// clocks gives the version of each record of a list, as the records themselves say, and holds every list against the single
// records.
func (r *reader) clocks(list int) map[string]version {
	r.t.Helper()
	out := map[string]version{}
	for _, id := range r.sweep(list) {
		one := r.ask(lists[list].platform, lists[list].one+"/"+id)
		if _, twice := out[id]; twice || one.status != http.StatusOK {
			r.t.Fatalf("%s: status %d, twice %t", id, one.status, twice)
		}
		var record map[string]any
		if err := json.Unmarshal(one.body, &record); err != nil {
			r.t.Fatal(err)
		}
		clock := cmp.Or(record["updated_at_utc"], record["updatedAt"], record["createdAt"], record["lastUpdateDate"])
		at, err := time.Parse(time.RFC3339, clock.(string))
		if err != nil {
			r.t.Fatal(err)
		}
		v := version{UpdatedAt: at}
		if lists[list].platform == reservation.OpenTable {
			v.SequenceID = int64(record["sequence_id"].(float64))
			here, err := time.LoadLocation("Europe/London")
			if err != nil {
				r.t.Fatal(err)
			}
			if local := at.In(here).Format(localMillis); record["updated_at"] != local {
				r.t.Errorf("%s: updated_at is %v, want %s", id, record["updated_at"], local)
			}
		}
		out[id] = v
	}
	return out
}

// suffer reads all lists until the scenario is over. before are the records as they were.
func suffer(t *testing.T, s *Scenario, settings Settings) (r *reader, before []map[string]version) {
	t.Helper()
	r = &reader{world: peopled(t)}
	r.serve(Settings{})
	for i := range lists {
		before = append(before, r.clocks(i))
	}
	r.close()
	settings.Scenario = s
	r.start(settings)
	r.met = nil
	r.reauthorise(reservation.OpenTable)
	r.reauthorise(reservation.TheFork)
	for round := 0; round == 0 || !r.told().Over; round++ {
		if round == 60 {
			t.Fatalf("%s does not end: %+v", s.Name, r.told())
		}
		for i := range lists {
			r.sweep(i)
		}
	}
	return r, before
}

// counts gives how many answers had which fault.
func (r *reader) counts() map[string]int64 {
	out := map[string]int64{}
	for _, s := range r.met {
		if s.fault != "" {
			out[s.fault]++
		}
	}
	return out
}

// TestBuiltInScenarios holds each built-in scenario against what comes over the wire: every fault that it says it made was
// met as that fault and no other was, it comes to an end, and the records are then what its list of changes says.
func TestBuiltInScenarios(t *testing.T) {
	all, err := Scenarios()
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	for _, s := range all {
		sorts := []string{"oldest"}
		if s.changes() {
			sorts = append(sorts, "newest")
		}
		for _, sort := range sorts {
			t.Run(s.Name+" "+sort, func(t *testing.T) {
				r, before := suffer(t, &s, Settings{OpenTableSort: sort, TheForkSort: sort, NextPageURL: "null"})
				first := r.transcript()
				defer func() {
					if sort != sorts[0] {
						return
					}
					again, _ := suffer(t, &s, Settings{OpenTableSort: sort, TheForkSort: sort, NextPageURL: "null"})
					if !slices.Equal(again.transcript(), first) {
						t.Error("the same scenario gave other answers the second time")
					}
				}()
				told, counts := r.told(), r.counts()
				gone := map[string]bool{}
				changed := map[string]int64{}
				for _, c := range told.Changes {
					changed[c.Kind]++
					gone[c.ID] = gone[c.ID] || c.To == nil
				}
				for kind, n := range told.Injected {
					met[kind] = met[kind] || n > 0
					k, isKind := kinds[kind]
					switch {
					case k.change || !isKind:
						if changed[kind] != n {
							t.Errorf("%s: %d changes, %d listed", kind, n, changed[kind])
						}
						continue
					case kind == "slow":
						for _, s := range r.met {
							if s.elapsed >= 50*time.Millisecond {
								counts[kind]++
							}
						}
						if counts[kind] < n {
							t.Errorf("%d slow answers, %d met", n, counts[kind])
						}
					case kind == "not_found" && len(gone) > 0:
						// Records that were removed are not found either.
					case counts[kind] != n:
						t.Errorf("%s: %d made, %d met", kind, n, counts[kind])
					}
					delete(counts, kind)
				}
				if len(gone) > 0 {
					delete(counts, "not_found")
				}
				if len(counts) > 0 || len(told.Injected) == 0 {
					t.Errorf("met beside what it made (%v): %v", told.Injected, counts)
				}
				r.met = nil
				r.holdTruth(told, before)
				if later := r.told(); len(r.counts()) > 0 || !later.Over || len(later.Changes) != len(told.Changes) {
					t.Errorf("it goes on after its end: %v, %+v", r.counts(), later.Injected)
				}
				_, metrics := r.get("", "/metrics")
				for kind, n := range told.Injected {
					if want := fmt.Sprintf("covers_mockapi_faults_total{kind=%q} %d\n", kind, n); !strings.Contains(string(metrics), want) {
						t.Errorf("no %s in the metrics", want)
					}
				}
			})
		}
	}
	for kind := range kinds {
		if !met[kind] {
			t.Errorf("no built-in scenario made %s", kind)
		}
	}
}

// changes says whether a scenario changes records.
func (s *Scenario) changes() bool {
	return slices.ContainsFunc(s.Rules, func(r rule) bool { return kinds[r.Kind].change })
}

// chance is what differs between two servers by intent.
var chance = regexp.MustCompile(`"(requestId|access_token)":"[^"]*"?`)

// transcript is all that was met, in its order.
func (r *reader) transcript() (out []string) {
	for _, s := range r.met {
		out = append(out, fmt.Sprintf("%s %d %s %s", s.fault, s.status, s.header.Get("Retry-After"), chance.ReplaceAll(s.body, nil)))
	}
	return out
}

// holdTruth holds the lists and the single records against those of before and the changes that are listed.
func (r *reader) holdTruth(told scenarioReport, before []map[string]version) {
	r.t.Helper()
	for i, l := range lists {
		want := maps.Clone(before[i])
		for _, c := range told.Changes {
			if c.Platform != l.platform || c.Records != l.records {
				continue
			}
			if old, ok := want[c.ID]; ok != (c.From != nil) || ok && old != *c.From {
				r.t.Errorf("%s of %s: from %+v, was %+v", c.Kind, c.ID, c.From, old)
			}
			if c.To == nil {
				delete(want, c.ID)
				if s := r.look("GET "+l.one+"/"+c.ID, "Authorization: Bearer "+r.token[l.platform]); s.fault != "not_found" {
					r.t.Errorf("%s is gone and answers %d", c.ID, s.status)
				}
				continue
			}
			want[c.ID] = *c.To
		}
		if got := r.clocks(i); !maps.Equal(got, want) {
			r.t.Errorf("%s %s: %d records, want %d: %v", l.platform, l.records, len(got), len(want), got)
		}
	}
}

func TestASingleSweepLosesRecordsThatMove(t *testing.T) {
	s, err := LoadScenario("moving")
	if err != nil {
		t.Fatal(err)
	}
	for _, sort := range []string{"oldest", "newest"} {
		for seed := range uint64(5) {
			s.Seed = seed
			r := &reader{world: testWorld(t)}
			r.people("2026-03-28", 0, 120)
			r.start(Settings{Scenario: s, OpenTableSort: sort, TheForkSort: sort})
			r.reauthorise(reservation.OpenTable)
			r.reauthorise(reservation.TheFork)
			for i, l := range lists {
				met := map[string]bool{}
				for _, id := range r.sweep(i) {
					met[id] = true
				}
				if lost := 120 - len(met); lost <= 0 {
					t.Errorf("%s %s %s, seed %d: none lost", l.platform, l.records, sort, seed)
				}
			}
			r.close()
		}
	}
}

func TestBadScenariosAreRefusedByLine(t *testing.T) {
	for text, want := range map[string]string{
		"": "line 1: it is empty",
		"about: x\nrules:\n  - {kind: cut, tmes: 3}":     "line 3: no key is called tmes",
		"about: x\nrules:\n  - {kind: cut, times: many}": "line 3: cannot unmarshal",
		"about: x\nrule: []":                             "line 2: no key is called rule",
		"about: x\nrules: [":                             "line 2",
		"rules:\n  - {kind: cut, times: 1}":              "about is missing",
		"about: x":                                       "rules are missing",
		"about: x\nrules:\n  - {kind: cut, times: 1}\n  - {kind: cutt, times: 1}":                     `line 4: there is no kind "cutt"`,
		"about: x\nrules:\n  - {kind: cut}":                                                           "line 3: say with times or until when it ends",
		"about: x\nrules:\n  - {kind: cut, times: 1, per_page: 2}":                                    "line 3: per_page means nothing to the kind cut",
		"about: x\nrules:\n  - {kind: not_found, route: list, times: 1}":                              `line 3: route is "list", want one of record`,
		"about: x\nrules:\n  - {kind: cut, platform: quandoo, times: 1}":                              "line 3: platform is",
		"about: x\nrules:\n  - {kind: cut, route: token, records: customer, times: 1}":                "line 3: a token is not about records",
		"about: x\nrules:\n  - {kind: cut, times: -1}":                                                "line 3",
		"about: x\nrules:\n  - {kind: cut, times: 1, share: 1.5}":                                     "a share of 1 at most",
		"about: x\nrules:\n  - {kind: server_error, times: 1}":                                        "line 3: status is 0, want 500 to 599",
		"about: x\nrules:\n  - {kind: slow, times: 1}":                                                "line 3: delay is 0s",
		"about: x\nrules:\n  - {kind: too_many_requests, retry_after: 1500ms, times: 1}":              "line 3: retry_after is 1.5s, want whole seconds",
		"about: x\nrules:\n  - {kind: new_type, form: date, times: 1}":                                "line 3: form is",
		"about: x\nnow: yesterday\nrules:\n  - {kind: cut, times: 1}":                                 "line 2",
		"about: x\nrules:\n  - kind: moved\n    times: 1\n  - kind: moved\n    until: 4\n    form: x": "line 5: form means nothing",
	} {
		_, err := parseScenario("bad.yaml", []byte(text))
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %s, got %v", text, want, err)
		}
	}
}

// Days that come in while a scenario goes on keep what it did: what was removed stays away until it changes again, what was
// changed stays changed, and a sequence that restarted goes on.
func TestNewDaysMeetWhatWasChanged(t *testing.T) {
	s, err := parseScenario("x.yaml", []byte(`about: all
now: 2026-03-30T02:00:00Z
rules:
  - {kind: removed, per_page: 2, times: 1}
  - {kind: moved, per_page: 2, times: 1}
  - {kind: restarted, platform: opentable, per_page: 2, times: 1}
`))
	if err != nil {
		t.Fatal(err)
	}
	r, before := suffer(t, s, Settings{})
	told := r.told()
	r.people("2026-03-27", 0, 30)  // the same, in older versions
	r.people("2026-04-01", 60, 20) // others, later
	for i := range lists {
		r.page(i, 0) // takes them in
		r.sweep(i)
	}
	for i := range before {
		for k := 60; k < 80; k++ {
			id := uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, k)).String()
			at := time.Date(2026, 4, 1, 12, 0, k, 0, time.UTC)
			v := version{UpdatedAt: at}
			if lists[i].platform == reservation.OpenTable {
				id = "1001-" + id
				newest := time.Date(2026, 3, 28, 12, 0, 29, 0, time.UTC).Unix()
				for _, c := range told.Changes {
					if c.Records == lists[i].records && c.Platform == reservation.OpenTable && c.Kind == "moved" {
						newest++ // these went on in the old sequence
					}
				}
				v.SequenceID = at.Unix() - newest
			}
			before[i][id] = v
		}
	}
	lists[2].list, lists[3].list = strings.Replace(lists[2].list, "2026-03-29", "2026-04-02", 1), strings.Replace(lists[3].list, "2026-03-29", "2026-04-02", 1)
	r.holdTruth(told, before)
}
