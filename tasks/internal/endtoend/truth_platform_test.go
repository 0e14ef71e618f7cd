package endtoend

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// person asks the simulated platforms as somebody would who has their documentation and nothing of this repository. It takes an
// answer as it is: there is no retry, no sweep, no overlap.
type person struct {
	t     *testing.T
	url   string
	token map[string]string // by platform
}

func newPerson(t *testing.T, url string) *person { return &person{t, url, map[string]string{}} }

// The lists of the tests' restaurant and account, whole: what has changed since long ago, and where the records are.
var wholeLists = []struct{ platform, kind, list, one string }{
	{"opentable", "reservation", "/sync/v2/reservations?rid=1001&updated_after=2020-01-01T00:00:00.000Z",
		"/sync/v2/reservations/"},
	{"opentable", "customer", "/sync/v2/guests?rid=1001&updated_after=2020-01-01T00:00:00.000Z", "/sync/v2/guests/"},
	{"thefork", "reservation",
		"/manager/v1/reservations?restaurantUuid=5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101&startDate=2020-01-01&endDate=2030-01-01",
		"/manager/v1/reservations/"},
	{"thefork", "customer",
		"/manager/v1/customers?groupUuid=7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001&startDate=2020-01-01&endDate=2030-01-01",
		"/manager/v1/customers/"},
}

var client = &http.Client{Timeout: time.Minute}

// say sends a request; status is 0 where no whole answer came.
func say(r *http.Request) (status int, body []byte) {
	res, err := client.Do(r)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		return 0, nil
	}
	return res.StatusCode, body
}

func (p *person) request(method, path string, body io.Reader) *http.Request {
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// authorise asks for a token and keeps it. An answer of another form is none.
func (p *person) authorise(platform string) {
	r := p.request("GET", "/api/v2/oauth/token?grant_type=client_credentials", nil)
	r.SetBasicAuth("test", "opentable secret")
	if platform == "thefork" {
		r = p.request("POST", "/oauth/token", strings.NewReader(url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"test"}, "client_secret": {"thefork secret"},
			"audience": {"https://api.thefork.io"},
		}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if _, body := say(r); gjson.ValidBytes(body) {
		p.token[platform] = gjson.GetBytes(body, "access_token").Str
	}
}

func (p *person) get(platform, path string) (status int, body []byte) {
	r := p.request("GET", path, nil)
	r.Header.Set("Authorization", "Bearer "+p.token[platform])
	return say(r)
}

// page returns a page of a list: records, or ids. ok is false where something else came.
func (p *person) page(platform, list string, limit, number int) (items []gjson.Result, ok bool) {
	place := fmt.Sprintf("&limit=%d&page=%d", limit, number+1)
	if platform == "opentable" {
		place = fmt.Sprintf("&limit=%d&offset=%d", limit, number*limit)
	}
	status, body := p.get(platform, list+place)
	if status != http.StatusOK || !gjson.ValidBytes(body) {
		return nil, false
	}
	items = gjson.GetBytes(body, "items").Array()
	if platform == "thefork" {
		items = gjson.GetBytes(body, "data").Array()
	}
	return items, true
}

// told is what mockapi says that it did.
type told struct {
	Over     bool
	Injected map[string]int64
	Changes  []change
}

// change is one of a record, by a rule's kind.
type change struct {
	Kind, Platform, Records, ID string
	From, To                    *struct {
		UpdatedAt time.Time `json:"updated_at"`
	}
}

func (c change) of() key { return key{c.Platform, c.Records, c.ID} }

func (p *person) told() (out told) {
	p.t.Helper()
	status, body := say(p.request("GET", "/scenario", nil))
	if err := json.Unmarshal(body, &out); err != nil || status != http.StatusOK {
		p.t.Fatalf("/scenario: %d, %v", status, err)
	}
	return out
}

// sitOut asks for everything again and again, until the scenario has nothing left to do to whatever is asked.
func (p *person) sitOut() told {
	p.t.Helper()
	for range 300 {
		for _, l := range wholeLists {
			p.authorise(l.platform)
			var ids []string
			for n := 0; ; n++ {
				items, ok := p.page(l.platform, l.list, 10, n)
				if ok && len(items) == 0 || n > 100 {
					break
				}
				for _, item := range items {
					if id := item.Get("id"); l.platform == "opentable" {
						ids = append(ids, id.Str)
					} else {
						ids = append(ids, item.Str)
					}
				}
			}
			if len(ids) == 0 {
				ids = []string{"nobody"} // the list is disturbed for now
			}
			for _, id := range ids {
				if status, _ := p.get(l.platform, l.one+id); status == http.StatusUnauthorized {
					p.authorise(l.platform)
				}
			}
		}
		if out := p.told(); out.Over {
			return out
		}
	}
	p.t.Fatal("the scenario goes on")
	return told{}
}

// key names a record.
type key struct{ platform, kind, id string }

// knows returns all that the platforms have now, verbatim, by the ids in their lists. Nothing may be disturbed any more.
func (p *person) knows() map[key][]byte {
	p.t.Helper()
	out := map[key][]byte{}
	for _, l := range wholeLists {
		p.authorise(l.platform)
		items, ok := p.page(l.platform, l.list, 1000, 0)
		if !ok || len(items) == 0 || len(items) == 1000 {
			p.t.Fatalf("%s: %d records, whole: %t", l.list, len(items), ok)
		}
		for _, item := range items {
			if l.platform == "opentable" {
				out[key{l.platform, l.kind, item.Get("id").Str}] = []byte(item.Raw)
				continue
			}
			status, record := p.get(l.platform, l.one+item.Str)
			if status != http.StatusOK {
				p.t.Fatalf("%s%s: %d", l.one, item.Str, status)
			}
			out[key{l.platform, l.kind, item.Str}] = record
		}
	}
	return out
}

// restarts returns when a sequence began again. OpenTable's bookings and guests each have one; the registry has one list for
// both, and a moment too many in it does no harm.
func (t told) restarts() (at []time.Time) {
	seen := map[string]bool{}
	for _, c := range t.Changes {
		if c.Kind == "restarted" && !seen[c.Records] {
			seen[c.Records] = true
			at = append(at, c.To.UpdatedAt)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	return slices.CompactFunc(at, time.Time.Equal)
}
