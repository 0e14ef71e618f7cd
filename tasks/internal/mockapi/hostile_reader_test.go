package mockapi

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
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/thefork"
	"covers/tasks/internal/timezone"
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
	here, err := timezone.Load("Europe/London")
	if err != nil {
		w.t.Fatal(err)
	}
	lines := map[string]map[string][]simulator.Line{reservation.OpenTable: {}, reservation.TheFork: {}}
	for i := first; i < first+n; i++ {
		at := noon.Add(time.Duration(i) * time.Second)
		id := uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, i)).String()
		clock := fmt.Sprintf(`"updated_at":%q,"updated_at_utc":%q`, at.In(here).Format(opentable.LocalTime),
			at.Format(opentable.UTCTime))
		sequence := at.UnixMilli() / 1000
		meal := simulator.Line{UpdatedAt: at.UnixMilli(), ScheduledAt: at.UnixMilli(),
			ScheduledLocal: at.Format(opentable.LocalTime), State: "Confirmed"}
		add := func(platform, kind, id string, l simulator.Line, format string, args ...any) {
			l.ID, l.UpdatedAt, l.Record = id, at.UnixMilli(), fmt.Appendf(nil, format, args...)
			lines[platform][kind] = append(lines[platform][kind], l)
		}
		meal.SequenceID, meal.ConfirmationID = sequence, int64(i+1)
		add(reservation.OpenTable, reservation.KindReservation, "1001-"+id, meal,
			`{"id":"1001-%[1]s","href":"https://h/%[2]s/1001-%[1]s","rid":1001,"sequence_id":%[3]d,`+
				`"confirmation_id":%[4]d,"party_size":2,%[5]s,"notes":"é  <>"}`,
			id, "reservations", sequence, i+1, clock)
		add(reservation.OpenTable, reservation.KindCustomer, "1001-"+id, simulator.Line{SequenceID: sequence},
			`{"id":"1001-%[1]s","href":"https://h/guests/1001-%[1]s","sequence_id":%[2]d,"archived":false,%[3]s}`, id, sequence,
			clock)
		meal.SequenceID, meal.ConfirmationID = 0, 0
		add(reservation.TheFork, reservation.KindReservation, id, meal,
			`{"reservationUuid":%q,"partySize":1,"createdAt":%q,"updatedAt":null}`, id, at.Format(utcMillis))
		add(reservation.TheFork, reservation.KindCustomer, id, simulator.Line{},
			`{"customerUuid":%q,"isVip":true,"lastUpdateDate":%q}`, id, at.Format(utcMillis))
	}
	for platform, kinds := range lines {
		w.publish(platform, 101, day, kinds)
	}
}

// seen is an answer as it came over the wire.
type seen struct {
	fault   scenario.Kind // "" for a good one
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

func unzipped(body []byte) scenario.Kind {
	zip, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		_, err = io.ReadAll(zip)
	}
	switch {
	case err == nil:
		return "gzip" // of no kind: it was whole
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "gzip_cut"
	}
	return "gzip_broken"
}

// lists are the four lists of the tests' restaurant: the first half of a page's address, and where the records are one by one.
var lists = []struct{ platform, records, list, one string }{
	{reservation.OpenTable, reservation.KindReservation,
		opentable.ReservationsPath + "?rid=1001&updated_after=2026-03-28T00:00:00.000Z&limit=10", opentable.ReservationsPath},
	{reservation.OpenTable, reservation.KindCustomer,
		opentable.GuestsPath + "?rid=1001&updated_after=2026-03-28T00:00:00.000Z&limit=10", opentable.GuestsPath},
	{reservation.TheFork, reservation.KindReservation, thefork.BasePath + thefork.ReservationsPath +
		"?startDate=2026-03-27&endDate=2026-03-29&limit=10&restaurantUuid=" + london,
		thefork.BasePath + thefork.ReservationsPath},
	{reservation.TheFork, reservation.KindCustomer, thefork.BasePath + thefork.CustomersPath +
		"?startDate=2026-03-27&endDate=2026-03-29&limit=10&groupUuid=" + group, thefork.BasePath + thefork.CustomersPath},
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
		body := `{"grant_type":"client_credentials","client_id":"tf","client_secret":"tf-secret","audience":"` +
			thefork.Audience + `"}`
		ask = []string{"POST " + thefork.TokenPath, "Content-Type: application/json",
			fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)}
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

// page returns the ids of a page.
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

// sweep goes through a list once, asks for each record by its id too, and returns each id as often as it was listed.
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

// clocks returns the version of each record of a list, as the records themselves say, and holds every list against the single
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
			here, err := timezone.Load("Europe/London")
			if err != nil {
				r.t.Fatal(err)
			}
			if local := at.In(here).Format(opentable.LocalTime); record["updated_at"] != local {
				r.t.Errorf("%s: updated_at is %v, want %s", id, record["updated_at"], local)
			}
		}
		out[id] = v
	}
	return out
}

// undisturbedBy are the versions that undisturbed has found, by the settings.
var undisturbedBy = map[string][]map[string]version{}

// undisturbed returns the versions of a peopled world's records, by list, while nothing disturbs it. Every peopled world is the
// same, so that it is asked once under the same settings.
func undisturbed(t *testing.T, settings TheForkSettings) (versions []map[string]version) {
	t.Helper()
	key := fmt.Sprintf("%+v", settings)
	if undisturbedBy[key] == nil {
		r := &reader{world: peopled(t)}
		r.serve(Settings{TheFork: settings})
		for i := range lists {
			undisturbedBy[key] = append(undisturbedBy[key], r.clocks(i))
		}
		r.close()
	}
	for _, v := range undisturbedBy[key] {
		versions = append(versions, maps.Clone(v))
	}
	return versions
}

// suffer reads all lists until the scenario is over. before are the records as they were.
func suffer(t *testing.T, s *scenario.Scenario, settings Settings) (r *reader, before []map[string]version) {
	t.Helper()
	settings.TheFork.Record.CustomerDates = "instant" // which tell more of a version than dates
	before = undisturbed(t, settings.TheFork)
	r = &reader{world: peopled(t)}
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

// counts returns how many answers had which fault.
func (r *reader) counts() map[scenario.Kind]int64 {
	out := map[scenario.Kind]int64{}
	for _, s := range r.met {
		if s.fault != "" {
			out[s.fault]++
		}
	}
	return out
}

// chance is what differs between two servers by intent.
var chance = regexp.MustCompile(`"(requestId|access_token)":"[^"]*"?`)

// transcript is all that was met, in its order.
func (r *reader) transcript() (out []string) {
	for _, s := range r.met {
		out = append(out, fmt.Sprintf("%s %d %s %s", s.fault, s.status, s.header.Get("Retry-After"),
			chance.ReplaceAll(s.body, nil)))
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
