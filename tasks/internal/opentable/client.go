// Package opentable is OpenTable: a Client that asks for pages and records, a Mapper that turns a record into the vocabulary,
// and the wire types, which are its documentation as Go. Start with NewClient, Client.Pages and NewMapper.
//
// The wire types of records are what the simulator writes; the Mapper reads records field by field (package record). The package
// knows neither zones nor the warehouse.
package opentable

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"covers/tasks/internal/platform"
	"covers/tasks/internal/reservation"
)

// Client reads lists of the OpenTable Sync API v2. It is safe for concurrent use.
type Client struct {
	http     *platform.Client
	pageSize int
}

// NewClient makes a client and sends nothing. The settings name the addresses, the page size, the pace and the machine; what is
// particular to OpenTable is filled in. id and secret go nowhere but into the token's request.
func NewClient(s platform.Settings, id, secret string) (*Client, error) {
	s.Name, s.MaxPage = reservation.OpenTable, MaxLimit
	s.RequestIDHeader, s.RequestIDPrefix = RequestIDHeader, "ot"
	s.ErrorForm = errorForm
	s.Grant = grant(s.AuthURL, id, secret)
	http, err := platform.New(s)
	if err != nil {
		return nil, err
	}
	return &Client{http: http, pageSize: s.PageSize}, nil
}

// Stats returns what has been sent and received so far.
func (c *Client) Stats() platform.Stats { return c.http.Stats() }

// Close drops idle connections.
func (c *Client) Close() { c.http.Close() }

// List says what to list. Either UpdatedAfter or both From and To are set.
type List struct {
	Kind         string // reservation.KindReservation or reservation.KindCustomer
	RID          int64
	UpdatedAfter time.Time // strict or inclusive: not documented
	From, To     time.Time // reservations by scheduled time; wall clock of the restaurant, whatever the zone of the value
}

func (l List) path() string {
	if l.Kind == reservation.KindCustomer {
		return GuestsPath
	}
	return ReservationsPath
}

func (l List) query(limit, offset int) url.Values {
	q := url.Values{"rid": {strconv.FormatInt(l.RID, 10)}, "limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}}
	if !l.UpdatedAfter.IsZero() {
		q.Set("updated_after", l.UpdatedAfter.UTC().Format(UpdatedAfter))
	}
	if !l.From.IsZero() {
		q.Set("scheduled_time_from", l.From.Format(LocalTime))
		q.Set("scheduled_time_to", l.To.Format(LocalTime))
	}
	return q
}

// First returns the address of a list's first page.
func (c *Client) First(l List) *url.URL { return c.http.URL(l.path(), l.query(c.pageSize, 0)) }

// grant asks for a token by GET with HTTP Basic, the first of the documented forms. golang.org/x/oauth2/clientcredentials is
// not used since it escapes both halves of the pair (RFC 6749, section 2.3.1), which OpenTable does not document.
func grant(authURL, id, secret string) platform.Grant {
	return func(ctx context.Context, hc *http.Client) (*oauth2.Token, error) {
		address := strings.TrimRight(authURL, "/") + TokenPath + "?grant_type=client_credentials"
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		req.SetBasicAuth(id, secret)
		req.Header.Set("Accept", "application/json")
		resp, err := hc.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		return platform.ReadToken(resp)
	}
}

// errorForm reads an error in each form that the documentation shows: the Sync API's, whose timestamp may be a number, and that
// of the gateway, {"errors": [{"message"}], "requestid"}. Only what is used is looked at, so that another type elsewhere does no
// harm.
func errorForm(body []byte) platform.Form {
	var e struct {
		Status    json.RawMessage `json:"status"`
		Path      string          `json:"path"`
		RequestID string          `json:"requestId"` // also requestid
		Errors    []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &e) != nil {
		return platform.Form{}
	}
	form := platform.Form{RequestID: e.RequestID}
	status := 0
	form.Own = platform.Whole(e.Status, &status) && status != 0 && e.Path != ""
	if len(e.Errors) > 0 && e.RequestID != "" {
		form.Own, form.Code = true, e.Errors[0].Message
	}
	return form
}
