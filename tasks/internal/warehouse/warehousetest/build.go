package warehousetest

import (
	"fmt"
	"time"

	"covers/tasks/internal/reservation"
)

// Micros is an instant in rows, from "2006-01-02T15:04:05" in UTC.
func Micros(text string) *int64 {
	t, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		panic(err)
	}
	n := t.UnixMicro()
	return &n
}

// Day is a date in rows, from YYYY-MM-DD.
func Day(text string) *int32 {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	n := int32(t.Unix() / 86400)
	return &n
}

// Money is an amount in rows, from ten-thousandths.
func Money(n int64) *int64 { return &n }

// Text is a text that is known.
func Text(s string) *string { return &s }

// Booking is an OpenTable reservation of restaurant 101 with a version of its content: a higher version is a later update.
func Booking(id int, version int64, customer string) reservation.Reservation {
	updated := *Micros("2026-03-27T09:00:00") + version*60_000_000
	r := reservation.Reservation{
		Platform: reservation.OpenTable, RestaurantID: 101, ReservationID: fmt.Sprintf("1001-%d", id),
		ClockEpoch: 1, Clock: version, CreatedAt: Micros("2026-03-20T12:00:00"), UpdatedAt: &updated,
		Status:         []string{reservation.Booked, reservation.Seated, reservation.Completed, reservation.Cancelled}[version%4],
		PlatformStatus: fmt.Sprintf("State%d", version%4), Channel: "web", PartySize: 2 + version,
		ScheduledAt: Micros("2026-03-29T18:00:00"), ScheduledLocal: Micros("2026-03-29T19:00:00"), ServiceDate: Day("2026-03-29"),
		CreatedLocal: Micros("2026-03-20T12:00:00"), Currency: "GBP", SpendTotal: Money(100_000 + version*1_2345),
	}
	if customer != "" {
		r.CustomerID = &customer
	}
	return r
}

// Guest is an OpenTable guest with a version of its content.
func Guest(id string, version int64) reservation.Customer {
	restaurant, vip := int64(101), version%2 == 1
	updated := *Micros("2026-03-27T09:00:00") + version*60_000_000
	return reservation.Customer{
		Platform: reservation.OpenTable, RestaurantID: &restaurant, CustomerID: id, ClockEpoch: 1, Clock: version,
		CreatedAt: Micros("2026-01-01T00:00:00"), UpdatedAt: &updated,
		PersonToken: Text("p-" + id), EmailToken: Text(fmt.Sprintf("e-%s-%d", id, version)), VIP: &vip, Country: Text("GB"),
	}
}

// Erase asks to forget an OpenTable guest.
func Erase(id string) reservation.Erasure {
	return reservation.Erasure{Platform: reservation.OpenTable, CustomerID: id}
}

// AbsentBooking says that the OpenTable reservation of Booking is absent.
func AbsentBooking(id int) reservation.Absence {
	return reservation.Absence{Kind: reservation.KindReservation, ID: fmt.Sprintf("1001-%d", id)}
}

// AbsentGuest says that an OpenTable guest is absent.
func AbsentGuest(id string) reservation.Absence {
	return reservation.Absence{Kind: reservation.KindCustomer, ID: id}
}

// Merged says that an OpenTable guest is another now; survivor is "" where the platform does not say which.
func Merged(id, survivor string) reservation.Merge {
	m := reservation.Merge{CustomerID: id}
	if survivor != "" {
		m.SurvivorID = &survivor
	}
	return m
}

// Hidden is a guest whom the restaurant deleted from its guest book.
func Hidden(id string, version int64) reservation.Customer {
	c, hidden := Guest(id, version), true
	c.Hidden = &hidden
	return c
}
