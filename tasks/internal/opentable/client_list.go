package opentable

import (
	"context"
	"encoding/json"
	"net"
	"net/url"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
)

// Batch is a whole page of a list. Its memory is used again for the next.
type Batch struct {
	platform.Answer          // Body is taken apart into Records
	Records         [][]byte // each as it was sent, but for white space between tokens
}

// Pages reads a list from its beginning and hands on every page once it is whole. It follows nextPageUrl where there is one
// and goes by offset where there is none. It ends where hasNextPage says so, at an empty page, and with an error of each.
//
// A page larger than platform.MaxBody is asked for again in smaller pages, by offset.
func (c *Client) Pages(ctx context.Context, l List, each func(Batch) error) error {
	p := &pager{c: c, list: l, limit: c.pageSize, asked: map[string]bool{}}
	for next := c.First(l); next != nil; {
		page, err := p.read(ctx, next)
		if platform.IsTooLarge(err) && p.limit > 1 {
			p.limit = max(1, p.limit/4)
			next = c.http.URL(l.path(), l.query(p.limit, p.offset))
			continue
		}
		if err != nil {
			return err
		}
		if err := each(page); err != nil {
			return err
		}
		if next, err = p.next(next, len(page.Records)); err != nil {
			return err
		}
	}
	return nil
}

// pager is the state of one way through a list.
type pager struct {
	c     *Client
	list  List
	limit int
	asked map[string]bool // addresses asked for, so that a circle is seen
	still platform.Standstill

	offset   int // records handed on so far
	envelope platform.Envelope
	buf      platform.Buffer
	more     bool   // hasNextPage, true where the page does not say
	nextURL  string // nextPageUrl, empty where the page has none
}

func (p *pager) read(ctx context.Context, at *url.URL) (Batch, error) {
	answer, err := p.c.http.Get(ctx, platform.Call{URL: at}, &p.buf, p.decode)
	if err != nil {
		return Batch{}, err
	}
	if err := p.still.Page("opentable: GET "+at.Path, p.envelope.Items); err != nil {
		return Batch{}, err
	}
	for i, item := range p.envelope.Items {
		p.envelope.Items[i] = platform.Compact(item)
	}
	p.offset += len(p.envelope.Items)
	return Batch{Answer: answer, Records: p.envelope.Items}, nil
}

func (p *pager) decode(body []byte) error {
	if err := p.envelope.Decode(body, "items", "hasNextPage", "nextPageUrl"); err != nil {
		return err
	}
	p.more, p.nextURL = true, ""
	if !scalar(p.envelope.Fields["hasNextPage"], &p.more) {
		return platform.Broken("the answer's field hasNextPage is not a boolean")
	}
	if !scalar(p.envelope.Fields["nextPageUrl"], &p.nextURL) {
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
	if !p.more || n == 0 {
		return nil, nil
	}
	next := p.c.http.URL(p.list.path(), p.list.query(p.limit, p.offset))
	if p.nextURL != "" {
		var err error
		if next, err = follow(at, p.nextURL); err != nil {
			return nil, err
		}
	}
	p.asked[at.String()] = true
	if p.asked[next.String()] {
		return nil, fault.New(fault.Unavailable, "run again; if it stays so, tell OpenTable",
			"opentable: GET %s: nextPageUrl names a page that was read already", at.Path)
	}
	return next, nil
}

// follow resolves nextPageUrl, whose form is not documented. It must stay on the list's own scheme, host and path: anything
// else would send the token to an address that nobody configured, or read another list.
func follow(at *url.URL, text string) (*url.URL, error) {
	ref, err := url.Parse(text)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "run again; if it stays so, tell OpenTable",
			"opentable: GET %s: nextPageUrl is not an address", at.Path)
	}
	next := at.ResolveReference(ref)
	next.Fragment = ""
	if next.Scheme != at.Scheme || host(next) != host(at) || next.Path != at.Path || next.User != nil {
		return nil, fault.New(fault.Usage, "set api_url to the address that the platform gives, if it is OpenTable's",
			"opentable: GET %s://%s%s: nextPageUrl leads to %s://%s%s, which is not followed",
			at.Scheme, at.Host, at.Path, next.Scheme, next.Host, next.Path)
	}
	if rid := next.Query().Get("rid"); rid != "" && rid != at.Query().Get("rid") {
		return nil, fault.New(fault.Unavailable, "run again; if it stays so, tell OpenTable",
			"opentable: GET %s: nextPageUrl leads to another restaurant", at.Path)
	}
	next.Host = at.Host
	return next, nil
}

// host returns host and port in one form.
func host(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
