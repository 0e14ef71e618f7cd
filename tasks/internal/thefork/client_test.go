package thefork_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

var midnight = time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)

func newClient(t *testing.T, fake *platformtest.Server, pageSize int) *thefork.Client {
	t.Helper()
	c, err := thefork.NewClient(platform.Settings{
		APIURL: fake.URL + thefork.BasePath, AuthURL: fake.URL, Credential: "thefork",
		Machine:  platformtest.NewClock(midnight).Machine(),
		PageSize: pageSize,
	}, platformtest.ClientID, platformtest.ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func fill(n int) []platformtest.Record {
	var list []platformtest.Record
	for i := range n {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		list = append(list, platformtest.Record{ID: id, Body: `{ "reservationUuid": "` + id + `" }`})
	}
	return list
}

var all = thefork.List{
	Kind: reservation.KindReservation, RestaurantUUID: "r-1", FilterBy: thefork.ByUpdatedDate, Start: "2026-03-26",
	End: "2026-03-28",
}

func read(ctx context.Context, c *thefork.Client, l thefork.List) (ids []string, pages int, err error) {
	err = c.Pages(ctx, l, func(page thefork.Batch) error {
		pages++
		ids = append(ids, page.IDs...)
		return nil
	})
	return ids, pages, err
}

func TestAListOfIDsIsReadToItsEnd(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 7} {
		for _, most := range []int{0, 1} { // what the platform gives at most, whatever is asked
			fake := platformtest.New(t)
			fake.Lists[thefork.ReservationsPath], fake.MaxLimit = fill(n), most
			ids, _, err := read(t.Context(), newClient(t, fake, 2), all)
			if err != nil || len(ids) != n || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != n {
				t.Errorf("%d of %d ids: %v", len(ids), n, err)
			}
		}
	}
}

func TestWhatIsAsked(t *testing.T) {
	fake := platformtest.New(t)
	fake.Lists[thefork.ReservationsPath], fake.Lists[thefork.CustomersPath] = fill(1), nil
	c := newClient(t, fake, 500)
	var buf platform.Buffer
	for _, l := range []thefork.List{
		all, {Kind: reservation.KindCustomer, GroupUUID: "g-1", Start: "2026-03-26", End: "2026-03-28"},
	} {
		if _, _, err := read(t.Context(), c, l); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := c.Record(t.Context(), reservation.KindReservation, fill(1)[0].ID, 0, &buf); err != nil {
		t.Fatal(err)
	}
	asked, tokens := fake.Asked()
	var got []string
	for _, u := range asked {
		got = append(got, strings.TrimRight(u.Path+" "+u.Query().Encode(), " "))
	}
	if want := []string{
		"/manager/v1/reservations endDate=2026-03-28&filterBy=updatedDate&limit=500&page=1&" +
			"restaurantUuid=r-1&startDate=2026-03-26",
		"/manager/v1/customers endDate=2026-03-28&groupUuid=g-1&limit=500&page=1&startDate=2026-03-26",
		"/manager/v1/reservations/00000000-0000-4000-8000-000000000000",
	}; !slices.Equal(got, want) || tokens != 1 {
		t.Errorf("asked %q, %d tokens", got, tokens)
	}
}

func TestAServerThatGivesOnePageForEver(t *testing.T) {
	fake := platformtest.New(t)
	fake.Before = func(int, *http.Request) platformtest.Fault {
		return platformtest.Fault{Status: 200, Body: `{"data":["a","b"],"totalCount":9000}`}
	}
	_, pages, err := read(t.Context(), newClient(t, fake, 2), all)
	if fault.KindOf(err) != fault.Unavailable || pages != 20 {
		t.Errorf("%d pages, kind %v: %v", pages, fault.KindOf(err), err)
	}
}

func TestPagesThatAreNone(t *testing.T) {
	for name, body := range map[string]string{
		"numbers for ids": `{"data":[1],"totalCount":1}`, "a path for an id": `{"data":["../customers"],"totalCount":1}`,
		"an empty id": `{"data":[""]}`,
		"records":     `{"data":[{"reservationUuid":"a"}]}`, "the gateway": `{"message":"Unauthorized"}`,
		"total in words": `{"data":[],"totalCount":"many"}`,
	} {
		fake := platformtest.New(t)
		fake.Before = func(int, *http.Request) platformtest.Fault { return platformtest.Fault{Status: 200, Body: body} }
		_, pages, err := read(t.Context(), newClient(t, fake, 2), all)
		if fault.KindOf(err) != fault.Unavailable || pages != 0 {
			t.Errorf("%s: kind %v: %v", name, fault.KindOf(err), err)
		}
	}
}

func TestRecord(t *testing.T) {
	id := fill(1)[0].ID
	own := `{ "reservationUuid": "` + id + `", "customerNote": "a  b", "x": {"data": {}} }`
	short := `{"reservationUuid":"` + id + `","customerNote":"a  b","x":{"data":{}}}`
	for name, test := range map[string]struct {
		wrap       bool
		body, want string
	}{
		"bare":                       {false, own, short},
		"in an envelope":             {true, own, short},
		"with a field called data":   {false, `{"data":{"a":1},"reservationUuid":"x"}`, `{"data":{"a":1},"reservationUuid":"x"}`},
		"data that is no object":     {false, `{"data":[1]}`, `{"data":[1]}`},
		"invalid UTF-8 and repeated": {false, "{\"a\":\"\xff\", \"a\":1}", "{\"a\":\"\xff\",\"a\":1}"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := platformtest.New(t)
			fake.Wrap = test.wrap
			fake.Lists[thefork.ReservationsPath] = []platformtest.Record{{ID: id, Body: test.body}}
			var buf platform.Buffer
			answer, gone, err := newClient(t, fake, 2).Record(t.Context(), reservation.KindReservation, id, 0, &buf)
			if err != nil || gone || string(answer.Body) != test.want {
				t.Errorf("%q, gone %t: %v", answer.Body, gone, err)
			}
			if answer.RequestID != "tf-0a1b2c3d-2" || answer.At.IsZero() { // the token's request was the first
				t.Errorf("request %q at %s", answer.RequestID, answer.At)
			}
		})
	}
}

func TestAnErrorWithStatus200IsNoRecord(t *testing.T) {
	for _, body := range []string{
		`{"message":"Unauthorized"}`, `{"data":{"code":"INTERNAL"},"error":"Internal","statusCode":500}`, `null`, `[]`, ``,
		`{"reservationUuid":"x"`,
	} {
		fake := platformtest.New(t)
		fake.Before = func(int, *http.Request) platformtest.Fault { return platformtest.Fault{Status: 200, Body: body} }
		var buf platform.Buffer
		_, gone, err := newClient(t, fake, 2).Record(t.Context(), reservation.KindReservation, "x", 0, &buf)
		if gone || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%q: gone %t: %v", body, gone, err)
		}
	}
}

func TestGone(t *testing.T) {
	id := fill(1)[0].ID
	for name, test := range map[string]struct {
		fault platformtest.Fault
		gone  bool
		kind  fault.Kind
	}{
		"the API says so": {platformtest.Fault{}, true, 0},
		"something in between does": {
			platformtest.Fault{Status: 404, Body: "<html>no such host</html>"}, false, fault.Unavailable,
		},
		"the gateway does": {
			platformtest.Fault{Status: 404, Body: `{"message":"no Route matched with those values"}`}, false, fault.Unavailable,
		},
		"not for us": {
			platformtest.Fault{Status: 403, Body: `{"data":{"code":"FORBIDDEN"},"error":"Forbidden","statusCode":403}`}, false,
			fault.Denied,
		},
		"gateway's 401": {platformtest.Fault{Status: 401, Body: `{"message":"Unauthorized"}`}, false, fault.Denied},
		"the API's 401": {
			platformtest.Fault{Status: 401, Body: `{"data":{"code":""},"error":"Unauthorized","statusCode":401}`}, false,
			fault.Denied,
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := platformtest.New(t)
			fake.Lists[thefork.ReservationsPath], fake.Gone[id] = fill(1), true
			fake.Before = func(int, *http.Request) platformtest.Fault { return test.fault }
			var buf platform.Buffer
			_, gone, err := newClient(t, fake, 2).Record(t.Context(), reservation.KindReservation, id, 0, &buf)
			if gone != test.gone || (err != nil) == test.gone || err != nil && fault.KindOf(err) != test.kind {
				t.Errorf("gone %t, kind %v: %v", gone, fault.KindOf(err), err)
			}
		})
	}
}

func TestRefusedCredential(t *testing.T) {
	fake := platformtest.New(t)
	c, err := thefork.NewClient(platform.Settings{
		APIURL: fake.URL, AuthURL: fake.URL, Credential: "thefork", Machine: platformtest.NewClock(midnight).Machine(),
		PageSize: 2,
	}, platformtest.ClientID, "wrong-secret")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _, err = read(t.Context(), c, all)
	if fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), "invalid_client") ||
		strings.Contains(err.Error(), "wrong-secret") ||
		strings.Contains(err.Error(), platformtest.ClientID) {
		t.Errorf("kind %v: %v", fault.KindOf(err), err)
	}
}

func TestTheTokensLifeIsKnownEvenIfNotSaid(t *testing.T) {
	fake := platformtest.New(t)
	fake.ExpiresIn = ""
	fake.Lists[thefork.ReservationsPath] = nil
	clock := platformtest.NewClock(midnight)
	c, err := thefork.NewClient(platform.Settings{
		APIURL: fake.URL + thefork.BasePath, AuthURL: fake.URL, Credential: "thefork", Machine: clock.Machine(),
		PageSize: 2,
	}, platformtest.ClientID, platformtest.ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i, want := range []int{1, 1, 2} {
		if _, _, err := read(t.Context(), c, all); err != nil {
			t.Fatal(err)
		}
		if _, tokens := fake.Asked(); tokens != want {
			t.Errorf("reading %d: %d tokens, want %d", i, tokens, want)
		}
		_ = clock.Sleep(t.Context(), []time.Duration{8589 * time.Second, time.Second, 0}[i])
	}
}

// newClientErr says whether a page size is taken.
func newClientErr(fake *platformtest.Server, pageSize int) error {
	c, err := thefork.NewClient(platform.Settings{
		APIURL: fake.URL, AuthURL: fake.URL, Machine: platformtest.NewClock(midnight).Machine(), PageSize: pageSize,
	}, "", "")
	if err == nil {
		c.Close()
	}
	return err
}
