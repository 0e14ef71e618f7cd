package opentable_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
)

var midnight = time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)

func newClient(t *testing.T, fake *platformtest.Server, pageSize int) *opentable.Client {
	t.Helper()
	c, err := opentable.NewClient(platform.Settings{
		APIURL: fake.URL, AuthURL: fake.URL + "/", Credential: "opentable", Machine: platformtest.NewClock(midnight).Machine(),
		PageSize: pageSize,
	}, platformtest.ClientID, platformtest.ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// fill makes a list of n records, each with white space in it.
func fill(n int) []platformtest.Record {
	var list []platformtest.Record
	for i := range n {
		list = append(list,
			platformtest.Record{ID: fmt.Sprint(i), Body: fmt.Sprintf(`{ "id": "%d", "guest_request": "no  nuts" }`, i)})
	}
	return list
}

// read reads a list to its end. The records are as many lines; pages counts.
func read(ctx context.Context, c *opentable.Client, l opentable.List) (records []string, pages int, err error) {
	err = c.Pages(ctx, l, func(page opentable.Batch) error {
		pages++
		for _, r := range page.Records {
			records = append(records, string(r))
		}
		return nil
	}, nil)
	return records, pages, err
}

var all = opentable.List{Kind: reservation.KindReservation, RID: 1001, UpdatedAfter: midnight}

func TestAListIsReadToItsEndInEveryForm(t *testing.T) {
	for _, next := range []int{platformtest.NextNull, platformtest.NextAbsolute, platformtest.NextPath, platformtest.NextQuery} {
		for _, n := range []int{0, 1, 2, 3, 4, 7} {
			t.Run(fmt.Sprint(next, "/", n), func(t *testing.T) {
				fake := platformtest.New(t)
				fake.Lists[opentable.ReservationsPath], fake.Next = fill(n), next
				records, pages, err := read(t.Context(), newClient(t, fake, 2), all)
				if err != nil {
					t.Fatal(err)
				}
				if len(records) != n || pages != max(1, (n+1)/2) {
					t.Fatalf("%d records on %d pages", len(records), pages)
				}
				for i, r := range records {
					if want := fmt.Sprintf(`{"id":"%d","guest_request":"no  nuts"}`, i); r != want {
						t.Errorf("record %q, want %q", r, want)
					}
				}
			})
		}
	}
}

func TestThePlatformMayGiveLessThanAsked(t *testing.T) {
	fake := platformtest.New(t)
	fake.Lists[opentable.GuestsPath], fake.MaxLimit = fill(7), 3
	records, pages, err := read(t.Context(), newClient(t, fake, 5),
		opentable.List{Kind: reservation.KindCustomer, RID: 7, UpdatedAfter: midnight})
	if err != nil || len(records) != 7 || pages != 3 {
		t.Errorf("%d records on %d pages: %v", len(records), pages, err)
	}
}

func TestWhatIsAsked(t *testing.T) {
	fake := platformtest.New(t)
	fake.Lists[opentable.ReservationsPath], fake.Lists[opentable.GuestsPath] = nil, nil
	c := newClient(t, fake, 500)
	for _, l := range []opentable.List{
		all,
		{Kind: reservation.KindReservation, RID: 1001, From: midnight.Add(-time.Hour), To: midnight.Add(25 * time.Hour)},
		{Kind: reservation.KindCustomer, RID: 1001, UpdatedAfter: midnight.Add(1500 * time.Millisecond)},
	} {
		if _, _, err := read(t.Context(), c, l); err != nil {
			t.Fatal(err)
		}
		if u := c.First(l); !strings.HasPrefix(u.String(), fake.URL+"/sync/v2/") {
			t.Errorf("first %s", u)
		}
	}
	asked, tokens := fake.Asked()
	var got []string
	for _, u := range asked {
		got = append(got, u.Path+" "+u.Query().Encode())
	}
	if want := []string{
		"/sync/v2/reservations limit=500&offset=0&rid=1001&updated_after=2026-03-28T00%3A00%3A00.000Z",
		"/sync/v2/reservations limit=500&offset=0&rid=1001&" +
			"scheduled_time_from=2026-03-27T23%3A00%3A00&scheduled_time_to=2026-03-29T01%3A00%3A00",
		"/sync/v2/guests limit=500&offset=0&rid=1001&updated_after=2026-03-28T00%3A00%3A01.500Z",
	}; !slices.Equal(got, want) || tokens != 1 {
		t.Errorf("asked %q, %d tokens", got, tokens)
	}
}

func TestNextPageURLStaysWhereItIs(t *testing.T) {
	fake := platformtest.New(t)
	fake.Lists[opentable.ReservationsPath], fake.Next = fill(5), platformtest.NextOther
	_, _, err := read(t.Context(), newClient(t, fake, 2), all)
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "not followed") {
		t.Errorf("kind %v: %v", fault.KindOf(err), err)
	}
	if asked, _ := fake.Asked(); len(asked) != 1 {
		t.Errorf("asked %v", asked)
	}
	// A server may know itself by another name than its callers do: the token goes to the address that is configured.
	for _, next := range []string{"https://elsewhere.example", "http://127.0.0.1:1", "//elsewhere.example",
		"https://u:p@elsewhere.example:443"} {
		fake := platformtest.New(t)
		list := fill(5)
		fake.Before = func(_ int, r *http.Request) platformtest.Fault {
			if r.URL.Query().Get("cursor") == "" {
				return platformtest.Fault{Status: 200, Body: fmt.Sprintf(`{"items":[%s],"hasNextPage":true,"nextPageUrl":%q}`,
					list[0].Body, next+opentable.ReservationsPath+"?rid=1001&cursor=a")}
			}
			return platformtest.Fault{Status: 200, Body: fmt.Sprintf(`{"items":[%s],"hasNextPage":false}`, list[1].Body)}
		}
		if records, _, err := read(t.Context(), newClient(t, fake, 1), all); err != nil || len(records) != 2 {
			t.Errorf("%s: %d records: %v", next, len(records), err)
		}
	}
	for name, body := range map[string]string{
		"circle":             `{"items":[{"id":1}],"hasNextPage":true,"nextPageUrl":"?%s"}`,
		"another restaurant": `{"items":[{"id":1}],"hasNextPage":true,"nextPageUrl":"?rid=77&offset=1"}`,
		"no address":         `{"items":[{"id":1}],"hasNextPage":true,"nextPageUrl":"http://a b:c%%"}`,
	} {
		t.Run(name, func(t *testing.T) {
			fake := platformtest.New(t)
			fake.Lists[opentable.ReservationsPath] = fill(1)
			fake.Before = func(_ int, r *http.Request) platformtest.Fault {
				return platformtest.Fault{Status: 200, Body: strings.Replace(body, "%s", r.URL.RawQuery, 1)}
			}
			_, pages, err := read(t.Context(), newClient(t, fake, 2), all)
			if fault.KindOf(err) != fault.Unavailable || pages != 1 {
				t.Errorf("%d pages, kind %v: %v", pages, fault.KindOf(err), err)
			}
		})
	}
}

// TestNothingOfNextPageURLIsSaid: it may hold a guest's name, or what steers a terminal.
func TestNothingOfNextPageURLIsSaid(t *testing.T) {
	for _, next := range []string{
		"https://elsewhere.example/john%20smith/+33612345678?a=b", "/john%20smith%1b%5b2J?+33612345678", "sms:+33612345678",
		"?", "http://john smith:+33612345678", "https://john-smith-33612345678.example",
	} {
		fake := platformtest.New(t)
		fake.Before = func(int, *http.Request) platformtest.Fault {
			return platformtest.Fault{
				Status: 200,
				Body:   fmt.Sprintf(`{"items":[{"id":1}],"hasNextPage":true,"nextPageUrl":%q}`, next),
			}
		}
		_, _, err := read(t.Context(), newClient(t, fake, 2), all)
		if err == nil {
			t.Errorf("%s: followed", next)
			continue
		}
		for _, part := range []string{"john", "smith", "33612345678", "elsewhere", "\x1b"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q is in: %v", next, part, err)
			}
		}
	}
}

func TestAServerThatGivesOnePageForEver(t *testing.T) {
	fake := platformtest.New(t)
	fake.Before = func(int, *http.Request) platformtest.Fault {
		return platformtest.Fault{Status: 200, Body: `{"items":[{"id":1},{"id":2}],"hasNextPage":true}`}
	}
	_, pages, err := read(t.Context(), newClient(t, fake, 2), all)
	if fault.KindOf(err) != fault.Unavailable || pages != 20 {
		t.Errorf("%d pages, kind %v: %v", pages, fault.KindOf(err), err)
	}
}

func TestAFieldOfAnotherFormIsABrokenPage(t *testing.T) {
	for _, body := range []string{`{"items":[],"hasNextPage":"no"}`, `{"items":[],"hasNextPage":true,"nextPageUrl":7}`} {
		fake := platformtest.New(t)
		fake.Before = func(int, *http.Request) platformtest.Fault { return platformtest.Fault{Status: 200, Body: body} }
		_, _, err := read(t.Context(), newClient(t, fake, 2), all)
		if fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: kind %v: %v", body, fault.KindOf(err), err)
		}
	}
}

func TestAPageCutOffIsHandedOnOnce(t *testing.T) {
	fake := platformtest.New(t)
	fake.Lists[opentable.ReservationsPath] = fill(5)
	fake.Before = func(n int, _ *http.Request) platformtest.Fault {
		return map[int]platformtest.Fault{1: {Cut: 60}, 3: {Gzip: true}, 4: {Short: true}, 6: {Long: true}}[n]
	}
	records, pages, err := read(t.Context(), newClient(t, fake, 2), all)
	if err != nil || len(records) != 5 || pages != 3 {
		t.Errorf("%d records on %d pages: %v", len(records), pages, err)
	}
}

func TestLargeRecordsPassThrough(t *testing.T) {
	fake := platformtest.New(t)
	list := fill(9)
	for i := 2; i < 5; i++ { // together far more than a page may have
		list[i].Body = `{"id":"` + strings.Repeat("x", 10<<20) + `"}`
	}
	fake.Lists[opentable.ReservationsPath], fake.Next = list, platformtest.NextAbsolute
	sizes := 0
	n := 0
	err := newClient(t, fake, 8).Pages(t.Context(), all, func(page opentable.Batch) error {
		for _, r := range page.Records {
			n++
			sizes += len(r)
		}
		return nil
	}, nil)
	if err != nil || n != 9 || sizes < 30<<20 {
		t.Errorf("%d records of %d bytes: %v", n, sizes, err)
	}
}

func TestAnErrorOfTheReceiverEndsIt(t *testing.T) {
	fake := platformtest.New(t)
	fake.Lists[opentable.ReservationsPath] = fill(5)
	err := newClient(t, fake, 2).Pages(t.Context(), all, func(opentable.Batch) error { return context.DeadlineExceeded }, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if asked, _ := fake.Asked(); len(asked) != 1 {
		t.Errorf("asked %v", asked)
	}
}

func TestRefusedCredential(t *testing.T) {
	fake := platformtest.New(t)
	c, err := opentable.NewClient(platform.Settings{
		APIURL: fake.URL, AuthURL: fake.URL, Credential: "opentable", Machine: platformtest.NewClock(midnight).Machine(),
		PageSize: 2,
	}, platformtest.ClientID, "wrong-secret")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _, err = read(t.Context(), c, all)
	if fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), "COVERS_OPENTABLE_CLIENT_SECRET") ||
		strings.Contains(err.Error(), "wrong-secret") || strings.Contains(err.Error(), platformtest.ClientID) {
		t.Errorf("kind %v: %v", fault.KindOf(err), err)
	}
	for _, size := range []int{0, opentable.MaxLimit + 1} {
		if _, err := opentable.NewClient(platform.Settings{PageSize: size}, "", ""); fault.KindOf(err) != fault.Usage {
			t.Errorf("page size %d: %v", size, err)
		}
	}
}
