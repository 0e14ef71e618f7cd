package mockapi

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/thefork"
	"covers/tasks/internal/timezone"
)

// sortLines puts lines in the order that a setting names.
func sortLines(lines []simulator.Line, order string) {
	slices.SortFunc(lines, func(a, b simulator.Line) int {
		ids := strings.Compare(a.ID[len(a.ID)-uuidLength:], b.ID[len(b.ID)-uuidLength:])
		clock := cmp.Or(cmp.Compare(a.SequenceID, b.SequenceID), cmp.Compare(a.UpdatedAt, b.UpdatedAt))
		switch order {
		case "newest":
			return cmp.Or(-clock, ids)
		case "id":
			return ids
		}
		return cmp.Or(clock, ids)
	})
}

// texts returns the records themselves.
func texts(lines []simulator.Line) []string {
	out := []string{}
	for _, l := range lines {
		out = append(out, string(l.Record))
	}
	return out
}

func TestOpenTableListIsTheNaiveFilter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		s := OpenTableSettings{
			Sort:         rapid.SampledFrom([]string{"oldest", "newest", "id", ""}).Draw(t, "sort"),
			UpdatedAfter: rapid.SampledFrom([]string{"strict", "inclusive"}).Draw(t, "updated after"),
			ScheduledTo:  rapid.SampledFrom([]string{"inclusive", "exclusive"}).Draw(t, "scheduled to"),
			NextPageURL:  rapid.SampledFrom([]string{"absolute", "relative", "null"}).Draw(t, "next page"),
		}
		kind := rapid.SampledFrom(simulator.Kinds).Draw(t, "kind")
		latest := w.drawDays(t, reservation.OpenTable, kind, 101, "1001-", rapid.Bool().Draw(t, "rising"), someIDs(t))
		w.serve(Settings{OpenTable: s})
		defer w.close()

		params := url.Values{"rid": {"1001"}}
		keep := []func(l simulator.Line) bool{}
		when := func(name string, add func()) {
			if rapid.IntRange(0, 3).Draw(t, name) == 0 {
				add()
			}
		}
		if rapid.Bool().Draw(t, "updated_after") {
			after := start + rapid.Int64Range(-1, 145).Draw(t, "after")*1800_000
			params.Set("updated_after", time.UnixMilli(after).UTC().Format(opentable.UpdatedAfter))
			keep = append(keep, func(l simulator.Line) bool {
				return l.UpdatedAt > after || l.UpdatedAt == after && s.UpdatedAfter == "inclusive"
			})
		}
		path := opentable.GuestsPath
		if kind == reservation.KindReservation {
			path = opentable.ReservationsPath
			local := func() string {
				return time.UnixMilli(start + rapid.Int64Range(-4, 80).Draw(t, "local")*3600_000).UTC().
					Format(opentable.LocalTime)
			}
			when("from", func() {
				from := local()
				params.Set("scheduled_time_from", from)
				keep = append(keep, func(l simulator.Line) bool { return l.ScheduledLocal >= from })
			})
			when("to", func() {
				to := local()
				params.Set("scheduled_time_to", to)
				keep = append(keep, func(l simulator.Line) bool {
					return l.ScheduledLocal < to || l.ScheduledLocal == to && s.ScheduledTo == "inclusive"
				})
			})
			when("by state", func() {
				state := rapid.SampledFrom(append([]string{"Unheard"}, states...)).Draw(t, "state")
				params.Set("state", state)
				keep = append(keep, func(l simulator.Line) bool { return l.State == state })
			})
			when("by confirmation", func() {
				id := rapid.Int64Range(1, 31).Draw(t, "confirmation")
				params.Set("confirmation_id", strconv.FormatInt(id, 10))
				keep = append(keep, func(l simulator.Line) bool { return l.ConfirmationID == id })
			})
			when("by guest", func() {
				guest := rapid.SampledFrom(someIDs(t)).Draw(t, "guest").String()
				params.Set("guest_id", guest)
				keep = append(keep, func(l simulator.Line) bool { return l.GuestID == "1001-"+guest })
			})
		}
		var want []simulator.Line
		for _, l := range latest {
			if !slices.ContainsFunc(keep, func(k func(simulator.Line) bool) bool { return !k(l) }) {
				want = append(want, l)
			}
		}
		sortLines(want, s.Sort)

		got := []string{}
		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		params.Set("limit", strconv.Itoa(limit))
		next := path + "?" + params.Encode()
		for offset := 0; ; offset += limit {
			var page opentable.Page
			w.must(reservation.OpenTable, next, &page)
			if page.Offset != int64(offset) || page.Limit != int64(limit) {
				t.Fatalf("offset %d, limit %d: want %d, %d", page.Offset, page.Limit, offset, limit)
			}
			for _, item := range page.Items {
				got = append(got, string(item))
			}
			if more := offset+limit < len(want); page.HasNextPage != more {
				t.Fatalf("hasNextPage is %v behind %d of %d", page.HasNextPage, offset+limit, len(want))
			}
			checkNext(t, w, s, page)
			if !page.HasNextPage {
				break
			}
			params.Set("offset", strconv.Itoa(offset+limit))
			next = path + "?" + params.Encode()
			if page.NextPageURL != nil {
				next = *page.NextPageURL
			}
		}
		if !slices.Equal(got, texts(want)) {
			t.Fatalf("%s: got %v, want %v", params.Encode(), got, texts(want))
		}
	})
}

func checkNext(t *rapid.T, w *world, s OpenTableSettings, page opentable.Page) {
	switch next := page.NextPageURL; {
	case s.NextPageURL == "null" || !page.HasNextPage:
		if next != nil {
			t.Fatalf("nextPageUrl is %s", *next)
		}
	case next == nil:
		t.Fatal("nextPageUrl is null")
	case s.NextPageURL == "relative" && !strings.HasPrefix(*next, "/sync/v2/"),
		s.NextPageURL == "absolute" && !strings.HasPrefix(*next, w.http.URL+"/sync/v2/"):
		t.Fatalf("nextPageUrl is %s", *next)
	}
}

func TestTheForkListIsTheNaiveFilter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		s := TheForkSettings{
			Sort:    rapid.SampledFrom([]string{"oldest", "newest", "id"}).Draw(t, "sort"),
			EndDate: rapid.SampledFrom([]string{"inclusive", "exclusive"}).Draw(t, "end"),
			DayZone: rapid.SampledFrom([]string{"utc", "restaurant"}).Draw(t, "zone"),
		}
		ids := someIDs(t)
		half := len(ids) / 2
		clocks := map[string]*time.Location{}
		var latest []simulator.Line
		houses := []struct {
			id   int64
			uuid string
			zone string
			own  bool
		}{{102, paris, "Europe/Paris", true}, {103, newYork, "America/New_York", true}}
		for i, h := range houses {
			part := ids[:half]
			if i == 1 {
				part = ids[half:]
			}
			for id, l := range w.drawDays(t, reservation.TheFork, reservation.KindReservation, h.id, "", true, part) {
				loc, err := timezone.Load(h.zone)
				if err != nil {
					t.Fatal(err)
				}
				clocks[id] = loc
				latest = append(latest, l)
			}
		}
		w.serve(Settings{TheFork: s})
		defer w.close()

		params := url.Values{}
		var only *time.Location
		if which := rapid.IntRange(-1, 1).Draw(t, "restaurant"); which < 0 {
			params.Set("groupUuid", group)
		} else {
			params.Set("restaurantUuid", houses[which].uuid)
			only, _ = timezone.Load(houses[which].zone)
		}
		first := time.UnixMilli(start).UTC().AddDate(0, 0, rapid.IntRange(-1, 3).Draw(t, "start"))
		last := first.AddDate(0, 0, rapid.IntRange(-1, 3).Draw(t, "length"))
		params.Set("startDate", first.Format(time.DateOnly))
		params.Set("endDate", last.Format(time.DateOnly))
		by := rapid.SampledFrom([]string{"", thefork.ByUpdatedDate, thefork.ByMealDate}).Draw(t, "by")
		if by != "" {
			params.Set("filterBy", by)
		}
		var want []simulator.Line
		for _, l := range latest {
			at := l.UpdatedAt
			if by == thefork.ByMealDate {
				at = l.ScheduledAt
			}
			clock := time.UTC
			if s.DayZone == "restaurant" {
				clock = clocks[l.ID]
			}
			date := time.UnixMilli(at).In(clock).Format(time.DateOnly)
			end := last.Format(time.DateOnly)
			inside := date >= first.Format(time.DateOnly) && (date < end || date == end && s.EndDate == "inclusive")
			if inside && (only == nil || clocks[l.ID].String() == only.String()) {
				want = append(want, l)
			}
		}
		sortLines(want, s.Sort)

		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		params.Set("limit", strconv.Itoa(limit))
		got := []string{}
		for page := 1; ; page++ {
			params.Set("page", strconv.Itoa(page))
			var reply thefork.IDPage
			w.must(reservation.TheFork, "/manager/v1/reservations?"+params.Encode(), &reply)
			if reply.TotalCount != int64(len(want)) || reply.Page != int64(page) || reply.Limit != int64(limit) {
				t.Fatalf("%+v, want a total of %d", reply, len(want))
			}
			for _, id := range reply.Data {
				res, body := w.get(reservation.TheFork, "/manager/v1/reservations/"+id)
				if res.StatusCode != 200 {
					t.Fatalf("%s was listed: %d", id, res.StatusCode)
				}
				got = append(got, string(body))
			}
			if page*limit >= len(want) {
				break
			}
		}
		if !slices.Equal(got, texts(want)) {
			t.Fatalf("%s: got %v, want %v", params.Encode(), got, texts(want))
		}
	})
}

func TestCustomersAreTheGroups(t *testing.T) {
	w := testWorld(t)
	id := func(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
	customer := func(n int, at int64, text string) simulator.Line {
		return simulator.Line{ID: id(n), UpdatedAt: at, Record: fmt.Appendf(nil, `{"customerUuid":%q,"notes":%q}`, id(n), text)}
	}
	kind := reservation.KindCustomer
	w.publish(reservation.TheFork, 101, "2026-03-28",
		map[string][]simulator.Line{kind: {customer(1, start+1, "london"), customer(2, start+9, "london later")}})
	w.publish(reservation.TheFork, 102, "2026-03-28", map[string][]simulator.Line{kind: {customer(1, start+5, "paris later"),
		customer(2, start+2, "paris"), customer(3, start+3, "paris only")}})
	w.serve(Settings{})
	for n, want := range map[int]string{1: "paris later", 2: "london later", 3: "paris only"} {
		var got struct{ Notes string }
		w.must(reservation.TheFork, "/manager/v1/customers/"+id(n), &got)
		if got.Notes != want {
			t.Errorf("customer %d is %q, want %q", n, got.Notes, want)
		}
	}
	var page thefork.IDPage
	w.must(reservation.TheFork, "/manager/v1/customers?startDate=2026-03-28&endDate=2026-03-28&groupUuid="+group, &page)
	if want := []string{id(3), id(1), id(2)}; !slices.Equal(page.Data, want) || page.TotalCount != 3 ||
		page.Limit != thefork.DefaultLimit {
		t.Errorf("got %+v, want %v", page, want)
	}
}

func TestNewDaysComeInWhenASweepBegins(t *testing.T) {
	w := testWorld(t)
	line := func(n int, at int64) simulator.Line {
		id := fmt.Sprintf("1001-00000000-0000-4000-8000-%012d", n)
		return simulator.Line{ID: id, UpdatedAt: at, SequenceID: at, Record: fmt.Appendf(nil, `{"id":%q,"at":%d}`, id, at)}
	}
	day := func(name string, lines ...simulator.Line) {
		w.publish(reservation.OpenTable, 101, name, map[string][]simulator.Line{reservation.KindCustomer: lines})
	}
	day("2026-03-28", line(1, start+1), line(2, start+2))
	w.serve(Settings{})
	list := func(offset int) (out []string) {
		var page opentable.Page
		w.must(reservation.OpenTable, fmt.Sprintf("/sync/v2/guests?rid=1001&limit=1&offset=%d", offset), &page)
		for _, i := range page.Items {
			out = append(out, string(i))
		}
		return out
	}
	if got := list(0); !slices.Equal(got, texts([]simulator.Line{line(1, start+1)})) {
		t.Fatalf("first page: %v", got)
	}
	day("2026-03-29", line(1, start+dayMillis), line(3, start+dayMillis+1))
	if got := list(1); !slices.Equal(got, texts([]simulator.Line{line(2, start+2)})) {
		t.Errorf("a sweep that has begun changed: %v", got)
	}
	if got := list(0); !slices.Equal(got, texts([]simulator.Line{line(2, start+2)})) {
		t.Errorf("a new sweep is old: %v", got)
	}
	if got := list(2); !slices.Equal(got, texts([]simulator.Line{line(3, start+dayMillis+1)})) {
		t.Errorf("the new day's end is missing: %v", got)
	}
	// An older day that comes late changes nothing that is newer.
	day("2026-03-27", line(3, start-5), line(4, start-4))
	if got := list(0); !slices.Equal(got, texts([]simulator.Line{line(4, start-4)})) {
		t.Errorf("a late day: %v", got)
	}
	if got := list(3); !slices.Equal(got, texts([]simulator.Line{line(3, start+dayMillis+1)})) {
		t.Errorf("a late day replaced a newer version: %v", got)
	}
}
