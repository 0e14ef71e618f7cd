// Package thefork is TheFork: a Client whose lists give ids and which then reads one record a call, a Mapper that turns a record
// into the vocabulary, and the wire types, which are its documentation as Go. Start with NewClient, Client.Pages and NewMapper.
//
// The wire types of records are what the simulator writes; the Mapper reads records field by field (package record). The package
// knows neither zones nor the warehouse.
package thefork

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"covers/tasks/internal/platform"
	"covers/tasks/internal/reservation"
)

// Client reads ids and records of the TheFork B2B API. It is safe for concurrent use.
type Client struct {
	http     *platform.Client
	pageSize int
}

// NewClient makes a client and sends nothing. The settings name the addresses, the page size, the pace and the machine; what is
// particular to TheFork is filled in. id and secret go nowhere but into the token's request.
func NewClient(s platform.Settings, id, secret string) (*Client, error) {
	s.Name, s.MaxPage = reservation.TheFork, MaxLimit
	s.RequestIDPrefix = "tf" // no header of the platform's that names a request is documented
	s.TokenLife = TokenLife * time.Second
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

// List says what to list. Days are YYYY-MM-DD; whether the last counts, and which zone cuts them, is not documented.
type List struct {
	Kind           string // reservation.KindReservation or reservation.KindCustomer
	RestaurantUUID string // of reservations
	GroupUUID      string // of customers
	FilterBy       string // ByUpdatedDate or ByMealDate; of reservations
	Start, End     string
}

func path(kind string) string {
	if kind == reservation.KindCustomer {
		return CustomersPath
	}
	return ReservationsPath
}

func (l List) query(limit, page int) url.Values {
	q := url.Values{"startDate": {l.Start}, "endDate": {l.End}, "limit": {strconv.Itoa(limit)}, "page": {strconv.Itoa(page)}}
	if l.Kind == reservation.KindCustomer {
		q.Set("groupUuid", l.GroupUUID)
		return q
	}
	q.Set("restaurantUuid", l.RestaurantUUID)
	q.Set("filterBy", l.FilterBy)
	return q
}

// First returns the address of a list's first page.
func (c *Client) First(l List) *url.URL { return c.http.URL(path(l.Kind), l.query(c.pageSize, 1)) }

// One returns the address of one record.
func (c *Client) One(kind, id string) *url.URL {
	return c.http.Under(path(kind), id)
}

// grant asks for a token with a form that holds the credential and the audience.
func grant(authURL, id, secret string) platform.Grant {
	conf := &clientcredentials.Config{
		ClientID: id, ClientSecret: secret,
		TokenURL:       strings.TrimRight(authURL, "/") + TokenPath,
		AuthStyle:      oauth2.AuthStyleInParams,
		EndpointParams: url.Values{"audience": {Audience}},
	}
	return func(ctx context.Context, hc *http.Client) (*oauth2.Token, error) {
		return conf.Token(context.WithValue(ctx, oauth2.HTTPClient, hc))
	}
}

// errorForm reads the API's Error. The gateway's is not the API's own, and has nothing to compare.
func errorForm(body []byte) platform.Form {
	var e struct {
		Data       json.RawMessage `json:"data"` // not there with some of the API's errors
		StatusCode json.RawMessage `json:"statusCode"`
	}
	if json.Unmarshal(body, &e) != nil {
		return platform.Form{}
	}
	var data ErrorData
	_ = json.Unmarshal(e.Data, &data)
	status := 0
	return platform.Form{Own: platform.Whole(e.StatusCode, &status) && status != 0, Code: data.Code}
}
