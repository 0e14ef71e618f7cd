package thefork

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"covers/tasks/internal/platform"
	"covers/tasks/internal/reservation"
)

// Batch is a whole page of ids.
type Batch struct {
	platform.Answer // Body is taken apart into IDs
	IDs             []string
	Bad             []int // places on the page, from 1, of what is not an id
	Page            int   // from 1
	Total           int64 // of all pages, as the platform says; 0 where it does not
}

// Pages reads a list of ids from its first page and hands on every page once it is whole, and with an error of each. It ends at
// an empty page, or at one that is not full once as many ids were listed as the platform says there are, or at one that comes
// again then. Where the platform does not say how many there are, only an empty page is an end.
func (c *Client) Pages(ctx context.Context, l List, each func(Batch) error) error {
	var (
		buf    platform.Buffer
		pager  pager
		circle platform.Circle
		listed int64
	)
	for n := 1; ; n++ {
		address := c.http.URL(path(l.Kind), l.query(c.pageSize, n))
		answer, err := c.http.Get(ctx, platform.Call{URL: address}, &buf, pager.decode)
		if err != nil {
			return err
		}
		page := Batch{Answer: answer, IDs: pager.ids, Bad: pager.bad, Page: n, Total: pager.total}
		if len(page.IDs) == 0 {
			return nil
		}
		again, err := circle.Page("thefork: GET "+address.Path, pager.envelope.Items)
		if err != nil {
			return err
		}
		all := page.Total > 0 && listed >= page.Total
		if again && all {
			return nil
		}
		if err := each(page); err != nil {
			return err
		}
		if !again {
			listed += int64(len(pager.envelope.Items))
		}
		full := c.pageSize
		if pager.limit > 0 {
			full = min(full, int(pager.limit)) // the platform may give fewer than it was asked for
		}
		if len(pager.envelope.Items) < full && page.Total > 0 && listed >= page.Total {
			return nil
		}
	}
}

type pager struct {
	envelope     platform.Envelope
	ids          []string
	bad          []int
	total, limit int64
}

func (p *pager) decode(body []byte) error {
	if err := p.envelope.Decode(body, "data", "totalCount", "limit"); err != nil {
		return err
	}
	p.ids, p.bad, p.total, p.limit = p.ids[:0], nil, 0, 0
	for i, item := range p.envelope.Items {
		var id string
		if json.Unmarshal(item, &id) != nil || !isID(id) {
			p.bad = append(p.bad, i+1)
			continue
		}
		p.ids = append(p.ids, id)
	}
	if len(p.bad) > 0 && len(p.ids) == 0 {
		return platform.Broken("the answer's field data holds something else than ids")
	}
	for name, to := range map[string]*int64{"totalCount": &p.total, "limit": &p.limit} {
		if !platform.Whole(p.envelope.Fields[name], to) {
			return platform.Broken("the answer's field " + name + " is not a whole number")
		}
	}
	if len(p.envelope.Items) == 0 && p.total > 0 && p.envelope.Null() {
		return platform.Broken("the answer's field data is null where it counts ids")
	}
	return nil
}

// isID reports whether id may stand in a path. Documented are UUIDs; letters, digits and hyphens are taken.
func isID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return true
}

// NotFound reports whether the code of a 404 is about the record, and not about something on the way to it. Only
// RESERVATION_NOT_FOUND is documented; a customer's code is taken to end as it does.
func NotFound(kind, code string) bool {
	if kind == reservation.KindCustomer {
		return strings.HasSuffix(code, "NOT_FOUND")
	}
	return code == "RESERVATION_NOT_FOUND"
}

// Record asks for one record. gone means that the API says there is none with this id (any more): the answer then has no
// body, and says when and in which request. Otherwise its Body is the record as it was sent, but for white space between tokens,
// without the envelope {"data": …} which it may come in (that is not documented). The body's memory is buf's. few is how many
// attempts are made where the answer may be so for this record alone; 0: all.
func (c *Client) Record(
	ctx context.Context, kind, id string, few int, buf *platform.Buffer,
) (answer platform.Answer, gone bool, err error) {
	own := []byte("reservationUuid")
	if kind == reservation.KindCustomer {
		own = []byte("customerUuid")
	}
	var inner []byte
	faulty := false
	answer, err = c.http.Get(ctx, platform.Call{URL: c.One(kind, id), Gone: true, Few: few}, buf, func(body []byte) error {
		inner = nil
		bare, excuse := false, false
		err := platform.Object(body, &faulty, func(name, value []byte) {
			switch {
			case bytes.Equal(name, own):
				bare = true
			case string(name) == "data" && value[0] == '{':
				inner = value
			case string(name) == "message", string(name) == "statusCode":
				excuse = true
			}
		})
		if bare {
			inner = nil
		} else if excuse && err == nil {
			return platform.Broken("status 200 with an error in it")
		}
		return err
	})
	switch {
	case platform.IsGone(err):
		return answer, true, nil
	case err != nil:
		return answer, false, err
	case inner != nil:
		answer.Body = inner
	}
	answer.Body = platform.Compact(answer.Body)
	return answer, false, nil
}
