package mockapi

import (
	"encoding/binary"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/tidwall/gjson"
)

// What TheFork serves beside bookings and customers: reviews, offers, and a customer by telephone number. generate writes none of
// them. They are made from the bookings, so that all ids in them lead somewhere.

// Paths and bounds of TheFork's documents, below the API's base.
const (
	reviewsPath       = "/v1/reviews"
	phonePath         = "/v1/restaurants/{id}/customers/phone/{phone}"
	offersPath        = "/v1/restaurants/{id}/offers"
	reviewsLimit      = 50
	reviewsMost       = 100
	theForkNoReview   = "REVIEW_NOT_FOUND"
	theForkNoPhone    = "PHONE_NUMBER_NOT_FOUND"
	theForkNoDiner    = "RESTAURANT_NOT_FOUND"
	reviewedOneOf     = 4 // bookings, where the guests came
	reviewedAfter     = 15 * time.Hour
	offersLookedAt    = 2000
	nextReservations  = 10
	publishedAfterIts = 7 * time.Minute
)

// reviewMask turns a booking's id into its review's and back. A review's UUID is of version 1 in the example.
var reviewMask = [16]byte{0x3a, 0xb9, 0x1e, 0x57, 0x6d, 0x20, 0x01, 0xf1, 0x1c, 0x4e, 0x0e, 0x8a, 0xf7, 0xbd, 0x4d, 0x53}

func masked(id uuid.UUID, version byte) uuid.UUID {
	for i, m := range reviewMask {
		id[i] ^= m
	}
	id[6], id[8] = id[6]&0x0f|version<<4, id[8]&0x3f|0x80
	return id
}

func reviewOf(booking uuid.UUID) uuid.UUID { return masked(booking, 1) }

func bookingOf(review uuid.UUID) (uuid.UUID, bool) {
	if review.Version() != 1 {
		return review, false
	}
	return masked(review, 4), true
}

// review is the answer to GET /v1/reviews/{id}, its members in the example's order.
type review struct {
	ReviewUUID     uuid.UUID       `json:"reviewUuid"`
	RestaurantUUID string          `json:"restaurantUuid"`
	IsValid        bool            `json:"isValid"`
	CreatedTs      string          `json:"createdTs"`
	UpdatedTs      string          `json:"updatedTs"`
	Reservation    reviewedBooking `json:"reservation"`
	Customer       reviewer        `json:"customer"`
	DinerRating    rating          `json:"dinerRating"`
	Comment        *comment        `json:"comment"`
	Experience     *occasion       `json:"experienceDetail"`
	Reply          *comment        `json:"restaurantReply"`
}

type reviewedBooking struct {
	ReservationUUID *uuid.UUID `json:"reservationUuid"`
	MealDate        *string    `json:"mealDate"`
}

type reviewer struct {
	CustomerUUID uuid.UUID `json:"customerUuid"`
	FirstName    *string   `json:"firstName"`
	LastName     *string   `json:"lastName"`
}

type rating struct {
	Global      *float64 `json:"globalRating"`
	Ambience    *int     `json:"ambienceRating"`
	FoodQuality *int     `json:"foodQualityRating"`
	Service     *int     `json:"serviceRating"`
	Price       *string  `json:"priceEvaluation"`
	WaitingTime *string  `json:"waitingTimeEvaluation"`
	NoiseLevel  *string  `json:"noiseLevelEvaluation"`
}

type comment struct {
	Content           string  `json:"content"`
	Language          *string `json:"language"`
	PublicationStatus string  `json:"publicationStatus"`
	CreatedTs         string  `json:"createdTs"`
	UpdatedTs         string  `json:"updatedTs"`
	PublishedTs       *string `json:"publishedTs"`
	ModerationReason  *string `json:"moderationReason"`
}

type occasion struct {
	Occasion *string `json:"occasion"`
}

// Words of the documents, and of ours where a guest may write what they like.
var (
	priceWords = []string{"VERY_CHEAP", "CHEAP", "AVERAGE", "EXPENSIVE", "VERY_EXPENSIVE"}
	waitWords  = []string{"VERY_FAST", "FAST", "AVERAGE", "SLOW", "VERY_SLOW"}
	noiseWords = []string{"VERY_QUIET", "QUIET", "AVERAGE", "LOUD", "VERY_LOUD"}
	occasions  = []string{"BUSINESS", "FRIENDS", "ROMANTIC", "FAMILY", "ALONE"}
	comments   = []string{"Lovely evening.", "We would come again.", "Too loud for a birthday, the food was fine.",
		"Service with care."}
)

// draws of a booking's review.
func drawOf(id uuid.UUID) uint64 {
	return binary.LittleEndian.Uint64(id[8:]) ^ binary.LittleEndian.Uint64(id[:8])
}

// reviewed reports whether a booking's guests wrote a review. It takes the record.
func (f *theFork) reviewed(sh *shelf, e *entry) (record []byte, ok bool) {
	if drawOf(e.id)%reviewedOneOf != 0 || e.guest == (uuid.UUID{}) || e.id.Version() != 4 {
		return nil, false
	}
	record, err := sh.spool.bytes(e.at())
	return record, err == nil && gjson.GetBytes(record, "mealStatus").Str == "LEFT"
}

// reviewedAt is when, in milliseconds since 1970.
func reviewedAt(e *entry) int64 {
	return int64(e.scheduled)*1000 + reviewedAfter.Milliseconds() + int64(drawOf(e.id)>>8%86_400_000)
}

// hasComment reports whether a review is more than marks.
func hasComment(e *entry) bool { return drawOf(e.id)>>2%4 != 0 }

// reviewWritten writes the review of a booking.
func (f *theFork) reviewWritten(restaurant string, e *entry) review {
	d, at := drawOf(e.id), reviewedAt(e)
	moment := func(ms int64) string { return time.UnixMilli(ms).UTC().Format(utcMillis) }
	from := func(words []string, shift int) *string { return &words[d>>shift%uint64(len(words))] }
	mark := func(shift int) *int { return new(int(d>>shift%5) + 6) }
	r := review{
		ReviewUUID: reviewOf(e.id), RestaurantUUID: restaurant, IsValid: true, CreatedTs: moment(at), UpdatedTs: moment(at),
		Reservation: reviewedBooking{&e.id, new(moment(int64(e.scheduled) * 1000))}, Customer: reviewer{CustomerUUID: e.guest},
	}
	if c, ok := f.customers.view.Load().find(e.guest); ok {
		if record, err := f.customers.spool.bytes(c.at()); err == nil {
			if name := gjson.GetBytes(record, "firstName"); name.Type == gjson.String {
				r.Customer.FirstName = &name.Str
			}
		}
	}
	r.DinerRating = rating{Global: new(float64(d%9+12) / 2), Ambience: mark(5), FoodQuality: mark(9), Service: mark(13),
		Price: from(priceWords, 17), WaitingTime: from(waitWords, 21)}
	if d>>25%2 == 0 {
		r.DinerRating.NoiseLevel = from(noiseWords, 26)
	}
	if !hasComment(e) {
		return r
	}
	published := moment(at + publishedAfterIts.Milliseconds())
	r.UpdatedTs = published
	r.Comment = &comment{Content: *from(comments, 30), Language: new("en"), PublicationStatus: "PUBLISHED", CreatedTs: moment(at),
		UpdatedTs: moment(at), PublishedTs: &published}
	r.Experience = &occasion{from(occasions, 34)}
	if d>>38%3 == 0 {
		r.Reply = &comment{Content: "Thank you.", Language: new("en"), PublicationStatus: "NOT_REVIEWED", CreatedTs: published,
			UpdatedTs: published}
	}
	return r
}

// reviewPage is the envelope of the reviews' list, which is another than the other lists'.
type reviewPage struct {
	Data    []uuid.UUID `json:"data"`
	HasNext bool        `json:"hasNext"`
}

// listReviews answers with a page of ids of what was written on the days, from startDate to the end of endDate.
func (f *theFork) listReviews(r *http.Request, _ string) answer {
	params := r.URL.Query()
	q, ok := f.queryBounded(params, reviewsLimit, reviewsMost)
	restaurant := params.Get("restaurantUuid")
	only, err := strconv.ParseBool(params.Get("withCommentOnly"))
	if !ok || !q.end.After(q.start) || restaurant == "" || err != nil && params.Has("withCommentOnly") {
		return f.refuse(http.StatusBadRequest, "")
	}
	houses, code := f.shelvesOf("", restaurant)
	if code != http.StatusOK {
		return f.refuse(code, "")
	}
	from, to := q.span(houses[0].zone)
	var found []entry
	for _, e := range houses[0].shelf.view.Load().entries {
		if at := reviewedAt(&e); at < from || at >= to || only && !hasComment(&e) {
			continue
		}
		if _, ok := f.reviewed(houses[0].shelf, &e); ok {
			found = append(found, e)
		}
	}
	first, last := q.bounds(len(found))
	page := reviewPage{Data: []uuid.UUID{}, HasNext: last < int64(len(found))}
	for _, e := range found[first:last] {
		page.Data = append(page.Data, reviewOf(e.id))
	}
	return reply(http.StatusOK, page)
}

// oneReview answers with a review.
func (f *theFork) oneReview(r *http.Request, _ string) answer {
	id, err := uuid.Parse(r.PathValue("id"))
	if booking, ok := bookingOf(id); err == nil && ok {
		for restaurant, sh := range f.reservations {
			e, found := sh.view.Load().find(booking)
			if !found {
				continue
			}
			if _, ok := f.reviewed(sh, &e); ok {
				return reply(http.StatusOK, f.reviewWritten(restaurant, &e))
			}
		}
	}
	return f.refuse(http.StatusNotFound, theForkNoReview)
}

// offer is an item of the answer to GET …/offers.
type offer struct {
	UUID        string      `json:"uuid"`
	Name        string      `json:"name"`
	Description *string     `json:"description"`
	Price       jsonLiteral `json:"price"`
}

// jsonLiteral is JSON as it is.
type jsonLiteral string

// MarshalJSON implements json.Marshaler.
func (l jsonLiteral) MarshalJSON() ([]byte, error) { return []byte(l), nil }

// listOffers answers with the menus that bookings of a restaurant had, a bare list.
func (f *theFork) listOffers(r *http.Request, _ string) answer {
	sh := f.reservations[r.PathValue("id")]
	if sh == nil {
		return f.refuse(http.StatusNotFound, theForkNoDiner)
	}
	if r.URL.Query().Get("locale") == "" {
		return f.refuse(http.StatusBadRequest, "")
	}
	language, _, _ := strings.Cut(r.URL.Query().Get("locale"), "_")
	offers, met := []offer{}, map[string]bool{}
	entries := sh.view.Load().entries
	for i := range entries[:min(len(entries), offersLookedAt)] {
		record, err := sh.spool.bytes(entries[i].at())
		if err != nil {
			break
		}
		got := gjson.GetManyBytes(record, "offerUuid", "offerDetails.price", "offerDetails.name."+gjson.Escape(language),
			"offerDetails.name.en")
		if got[0].Type != gjson.String || got[1].Type != gjson.Number || met[got[0].Str] {
			continue
		}
		met[got[0].Str] = true
		name := got[2].String()
		if name == "" {
			name = got[3].String()
		}
		offers = append(offers, offer{UUID: got[0].Str, Name: name, Price: jsonLiteral(got[1].Raw)})
	}
	slices.SortFunc(offers, func(a, b offer) int { return strings.Compare(a.UUID, b.UUID) })
	return reply(http.StatusOK, offers)
}

// phoneForm is the form of a telephone number in the path.
var phoneForm = regexp.MustCompile(`^\+[1-9]\d{1,14}$`)

// phonebook finds customers by telephone number. It is made when it is first asked for, and anew where customers changed.
type phonebook struct {
	of     *view
	places map[string]int
}

// book returns the phonebook of the customers as they are.
func (f *theFork) book() *phonebook {
	v := f.customers.view.Load()
	if b := f.phones.Load(); b != nil && b.of == v {
		return b
	}
	b := &phonebook{of: v, places: map[string]int{}}
	for i := range v.entries {
		if record, err := f.customers.spool.bytes(v.entries[i].at()); err == nil {
			if number := gjson.GetBytes(record, "phone"); number.Type == gjson.String {
				b.places[number.Str] = i
			}
		}
	}
	f.phones.Store(b)
	return b
}

// known is the answer to GET …/customers/phone/{phoneNumber}.
type known struct {
	CustomerUUID *uuid.UUID `json:"customerUuid"`
	FirstName    *string    `json:"firstName"`
	LastName     *string    `json:"lastName"`
	Phone        *string    `json:"phone"`
	Email        *string    `json:"email"`
	Next         []upcoming `json:"nextReservationsList"`
}

type upcoming struct {
	ReservationUUID uuid.UUID `json:"reservationUuid"`
	MealDate        string    `json:"mealDate"`
	Status          string    `json:"status"`
}

// customerByPhone answers with the customer of a number, and what is booked at the restaurant from now on.
func (f *theFork) customerByPhone(r *http.Request, _ string) answer {
	sh, number := f.reservations[r.PathValue("id")], r.PathValue("phone")
	if sh == nil {
		return f.refuse(http.StatusNotFound, theForkNoDiner)
	}
	if !phoneForm.MatchString(number) {
		return f.refuse(http.StatusBadRequest, "")
	}
	book := f.book()
	place, ok := book.places[number]
	if !ok {
		return f.refuse(http.StatusNotFound, theForkNoPhone)
	}
	e := book.of.entries[place]
	record, err := f.customers.spool.bytes(e.at())
	if err != nil {
		return f.refuse(http.StatusInternalServerError, "")
	}
	text := func(key string) *string {
		if v := gjson.GetBytes(record, key); v.Type == gjson.String {
			return &v.Str
		}
		return nil
	}
	out := known{CustomerUUID: &e.id, FirstName: text("firstName"), LastName: text("lastName"), Phone: text("phone"),
		Email: text("email"), Next: []upcoming{}}
	v, now := sh.view.Load(), f.server.machine.Now().Unix()
	for _, b := range v.entries {
		if b.guest == e.id && int64(b.scheduled) >= now && len(out.Next) < nextReservations {
			meal := time.Unix(int64(b.scheduled), 0).UTC().Format(utcMillis)
			out.Next = append(out.Next, upcoming{b.id, meal, v.states[b.state]})
		}
	}
	return reply(http.StatusOK, out)
}

// beside lays out what is here.
func (f *theFork) beside(base string) map[string]handler {
	return map[string]handler{
		base + reviewsPath: f.listReviews, base + reviewsPath + "/{id}": f.oneReview,
		base + phonePath: f.customerByPhone, base + offersPath: f.listOffers,
	}
}
