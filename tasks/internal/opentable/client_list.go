package opentable

import (
	"context"
	"encoding/json"
	"net/url"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
)

// Batch is a whole page of a list. Its memory is used again for the next.
type Batch struct {
	platform.Answer          // Body is taken apart into Records
	Records         [][]byte // each as it was sent, but for white space between tokens
}

// Missed is one record of a list that cannot be had: its answer is an error or cannot be read, whatever the page's size.
type Missed struct {
	platform.Answer // without a body
	Offset          int
	Why             string // in a word or two
	Err             error
}

// The attempts at a page that fails while the platform may be up, before it is cut into smaller ones.
const fewTries = 3

// A list may have so many empty pages in a row that say that more follows.
const emptyAtMost = 5

// Pages reads a list from its beginning and hands on every page once it is whole. It follows nextPageUrl where there is one
// and goes by offset where there is none. It ends where hasNextPage says so, at an empty page that does not say that more
// follows, where the platform gives the last page again for one behind it, and with an error of each.
//
// A page that is larger than platform.MaxBody, always fails or cannot be read is asked for again in smaller pages, by offset.
// What is left is one record: it is told to miss and passed over, unless miss reports false. Then this is the platform's outage,
// which is waited for as elsewhere. Without miss no record is passed over.
func (c *Client) Pages(ctx context.Context, l List, each func(Batch) error, miss func(Missed) bool) error {
	p := &pager{c: c, list: l, limit: c.pageSize, asked: map[string]bool{}, few: fewTries}
	if miss == nil {
		p.few = 0
	}
	for next := c.First(l); next != nil; {
		page, err := p.read(ctx, next)
		if next, err = p.after(next, page, err, each, miss); err != nil {
			return err
		}
	}
	return nil
}

// after hands on what came of asking for a page, and returns the address of the next.
func (p *pager) after(at *url.URL, page Batch, err error, each func(Batch) error, miss func(Missed) bool) (*url.URL, error) {
	why, one := platform.IsOfOne(err)
	switch {
	case err == nil && p.end:
		return nil, nil
	case err == nil:
		if err := each(page); err != nil {
			return nil, err
		}
		return p.next(at, len(page.Records))
	case platform.IsTooLarge(err) && p.limit > 1:
		p.limit = max(1, p.limit/4)
		return p.place(), nil
	case !one || p.few == 0:
		return nil, err
	case p.limit > 1:
		p.limit, p.grow = max(1, p.limit/4), true
		return p.place(), nil
	case miss(Missed{page.Answer, p.offset, why, err}):
		p.offset++
		return p.place(), nil
	}
	p.limit, p.few, p.grow = p.c.pageSize, 0, true
	return p.place(), nil
}

// Place reads one record of a list by its place, or none where the list is shorter by now.
func (c *Client) Place(ctx context.Context, l List, offset, few int, each func(Batch) error) (platform.Answer, error) {
	p := &pager{c: c, list: l, limit: 1, offset: offset, few: few}
	page, err := p.read(ctx, p.place())
	if err != nil || len(page.Records) == 0 {
		return page.Answer, err
	}
	return page.Answer, each(page)
}

// pager is the state of one way through a list.
type pager struct {
	c      *Client
	list   List
	limit  int
	few    int             // attempts at a page before it is cut; 0: all
	grow   bool            // the limit was cut for a record that failed, and grows again behind it
	asked  map[string]bool // addresses asked for, so that a circle is seen
	circle platform.Circle

	offset   int // of the next page: records handed on so far, and those passed over
	empty    int // pages in a row without a record
	envelope platform.Envelope
	buf      platform.Buffer
	more     bool   // hasNextPage, true where the page does not say
	said     bool   // hasNextPage is there
	nextURL  string // nextPageUrl, empty where the page has none
	end      bool   // the page is the last one once more
}

// place returns the address of the page at the offset.
func (p *pager) place() *url.URL { return p.c.http.URL(p.list.path(), p.list.query(p.limit, p.offset)) }

func (p *pager) read(ctx context.Context, at *url.URL) (Batch, error) {
	answer, err := p.c.http.Get(ctx, platform.Call{URL: at, Few: p.few}, &p.buf, p.decode)
	if err != nil {
		return Batch{Answer: answer}, err
	}
	again, err := p.circle.Page("opentable: GET "+at.Path, p.envelope.Items)
	if err != nil {
		return Batch{Answer: answer}, err
	}
	// A page behind the last that is answered with the last says another offset than was asked for. One of a server that takes no
	// heed of offsets says 0, or what was asked for.
	echo := 0
	p.end = again && platform.Whole(p.envelope.Fields["offset"], &echo) && echo > 0 && echo < p.offset
	for i, item := range p.envelope.Items {
		p.envelope.Items[i] = platform.Compact(item)
	}
	return Batch{Answer: answer, Records: p.envelope.Items}, nil
}

func (p *pager) decode(body []byte) error {
	if err := p.envelope.Decode(body, "items", "hasNextPage", "nextPageUrl", "offset"); err != nil {
		return err
	}
	field := p.envelope.Fields["hasNextPage"]
	p.more, p.nextURL, p.said = true, "", field != nil && string(field) != "null"
	if p.said && !platform.Bool(field, &p.more) {
		return platform.Broken("the answer's field hasNextPage is not a boolean")
	}
	if field := p.envelope.Fields["nextPageUrl"]; string(field) != "false" && !scalar(field, &p.nextURL) {
		return platform.Broken("the answer's field nextPageUrl is not text")
	}
	return nil
}

// scalar reads a field that may be absent or null, which leaves to as it is.
func scalar(field []byte, to any) bool {
	return field == nil || json.Unmarshal(field, to) == nil
}

// next returns the address of the page after the one at, which had n records, or nil behind the last.
func (p *pager) next(at *url.URL, n int) (*url.URL, error) {
	if !p.more {
		return nil, nil
	}
	if p.offset += n; n > 0 {
		p.empty = 0
	} else if p.empty++; !p.said || p.empty > emptyAtMost {
		return nil, nil
	} else {
		p.offset += p.limit // what was to be on the page is left out of it
	}
	if p.few == 0 && p.grow {
		p.few = fewTries // the outage is over
	}
	if p.grow && p.limit < p.c.pageSize {
		p.limit = min(p.c.pageSize, p.limit*4)
		return p.place(), nil
	}
	next := p.place()
	if p.nextURL != "" {
		var err error
		if next, err = p.follow(at, p.nextURL); err != nil {
			return nil, err
		}
	}
	p.asked[at.String()] = true
	if p.asked[next.String()] {
		if !p.said {
			return nil, nil // the last page names itself, and nothing says that there is more
		}
		return nil, fault.New(fault.Unavailable, "run again; if it stays so, tell OpenTable",
			"opentable: GET %s: nextPageUrl names a page that was read already", at.Path)
	}
	return next, nil
}

// follow resolves nextPageUrl, whose form is not documented. It must be the list's own path. Where it names another scheme, host
// or port, as a server does that knows itself by another name than its callers, its query alone is taken: the token goes nowhere
// but to the address that is configured.
//
// What the platform sent is not repeated: it may be anything.
func (p *pager) follow(at *url.URL, text string) (*url.URL, error) {
	ref, err := url.Parse(text)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "run again; if it stays so, tell OpenTable",
			"opentable: GET %s: nextPageUrl is not an address", at.Path)
	}
	next := at.ResolveReference(ref)
	own := next.Path == at.Path || next.Host != at.Host && next.Path == p.list.path()
	if !own || next.RawQuery == "" || next.Scheme != "http" && next.Scheme != "https" {
		return nil, fault.New(fault.Usage,
			"set api_url to the address that OpenTable gave you; if it is that one, ask OpenTable what its nextPageUrl means",
			"opentable: GET %s://%s%s: nextPageUrl %s, which is not followed", at.Scheme, at.Host, at.Path, astray(at, next))
	}
	if rid := next.Query().Get("rid"); rid != "" && rid != at.Query().Get("rid") {
		return nil, fault.New(fault.Unavailable, "run again; if it stays so, tell OpenTable",
			"opentable: GET %s: nextPageUrl leads to another restaurant", at.Path)
	}
	out := *at
	out.RawQuery = next.RawQuery
	return &out, nil
}

// astray says by which part an address of another page is not this list's.
func astray(at, next *url.URL) string {
	switch {
	case next.Scheme != "http" && next.Scheme != "https":
		return "is no address of the web"
	case next.RawQuery == "":
		return "asks for nothing"
	case next.Host != at.Host:
		return "leads to another host and path"
	}
	return "leads to another path"
}
