package form

import (
	"testing"
	"time"

	"covers/tasks/internal/timezone"
)

const (
	customer = `{"customerUuid":"6e3c9b0a-d748-4f15-a2c6-905be7d1f834","email":"sam@guest.example","riskLevel":null,` +
		`"otherTags":["a, \"b\"]}"],"originRestaurantUuid":"9a4f1c7e-2b60-4d83-95ae-07c8d1f3b264",` +
		`"originRestaurantName":"Covers","creationDate":"2024-05-17T23:59:59.999Z","lastUpdateDate":"2026-11-20T00:00:00.000Z","customFields":null}`
	booking = `{"reservationUuid":"x","mealDate":"2026-11-20T19:30:00.000Z","customFields":null,"offerDetails":` +
		`{"offerType":"presetMenu","name":null,"price":39,"currency":"EUR"},"utmTrackingInformation":null,` +
		`"billAmount":{"totalPrice":86.5,"currency":"EUR"},"createdAt":"2026-11-12T08:15:03.120Z","updatedAt":null}`
)

func TestEachFormOfACustomer(t *testing.T) {
	const id = `"customerUuid":"6e3c9b0a-d748-4f15-a2c6-905be7d1f834",`
	const dates = `"creationDate":"2024-05-17","lastUpdateDate":"2026-11-20"`
	const instants = `"creationDate":"2024-05-17T23:59:59.999Z","lastUpdateDate":"2026-11-20T00:00:00.000Z"`
	written := func(id, risk, name, times, fields string) string {
		return `{` + id + `"email":"sam@guest.example","riskLevel":` + risk + `,"otherTags":["a, \"b\"]}"],` +
			`"originRestaurantUuid":"9a4f1c7e-2b60-4d83-95ae-07c8d1f3b264","originRestaurantName":` + name + `,` + times +
			`,"customFields":` + fields + `}`
	}
	for want, form := range map[string]TheFork{
		written(id, "null", `"Covers"`, dates, "null"):                               {},
		written(id, "null", `"Covers"`, instants, "null"):                            {CustomerDates: "instant"},
		written("", "null", `"Covers"`, dates, "null"):                               {CustomerUUID: "absent"},
		written(`"customerUuid":null,`, "null", `"Covers"`, dates, "null"):           {CustomerUUID: "null"},
		written(id, "[]", `"Covers"`, dates, "[]"):                                   {Lists: "empty"},
		written(id, "null", `"9a4f1c7e-2b60-4d83-95ae-07c8d1f3b264"`, dates, "null"): {OriginName: "uuid"},
		written(id, "null", `"9a4f1c7e-2b60-4d83-95ae-07c8d1f3b264"`, instants, "null"): {
			CustomerDates: "instant", OriginName: "uuid"},
	} {
		got := customer
		if shape := form.Customers(); shape != nil {
			got = string(shape([]byte(customer)))
		}
		if got != want {
			t.Errorf("%+v:\n%s, want\n%s", form, got, want)
		}
	}
}

func TestEachFormOfABooking(t *testing.T) {
	paris, err := timezone.Load("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	written := func(list, price, total, created string) string {
		return `{"reservationUuid":"x","mealDate":"2026-11-20T19:30:00.000Z","customFields":` + list + `,"offerDetails":` +
			`{"offerType":"presetMenu","name":null,"price":` + price + `,"currency":"EUR"},"utmTrackingInformation":` + list +
			`,"billAmount":{"totalPrice":` + total + `,"currency":"EUR"},"createdAt":"` + created + `","updatedAt":null}`
	}
	const utc = "2026-11-12T08:15:03.120Z"
	for want, form := range map[string]TheFork{
		written("null", "39", "86.5", utc):                             {},
		written("[]", "39", "86.5", utc):                               {Lists: "empty"},
		written("null", "3900", "8650", utc):                           {MoneyUnit: "minor"},
		written("null", "39", "86.5", "2026-11-12T09:15:03.120+01:00"): {BookingTimes: "offset"},
	} {
		got := booking
		if shape := form.Bookings(paris); shape != nil {
			got = string(shape([]byte(booking)))
		}
		if got != want {
			t.Errorf("%+v:\n%s, want\n%s", form, got, want)
		}
	}
}

// A number is the same in hundredths, however it is written; what is no plain number stays.
func TestHundredths(t *testing.T) {
	for written, want := range map[string]string{"0.05": "5", "12.34567": "1234.567", "0": "0", "-1.5": "-150", "1e3": "1e3",
		`"86.50"`: `"86.50"`, "null": "null"} {
		got, keep := inHundredths("price")([]byte(`{"price":` + written + `}`))
		if string(got) != `{"price":`+want+`}` || !keep {
			t.Errorf("%s became %s, want %s", written, got, want)
		}
	}
}

// What a spoilt record has in the place of a date stays.
func TestASpoiltDateStays(t *testing.T) {
	const spoilt = `{"creationDate":"yesterday","lastUpdateDate":"2026-03-27T19:30:00","email":"x","email":"y"`
	if got := string(TheFork{}.Customers()([]byte(spoilt + "}"))); got != spoilt+"}" {
		t.Errorf("%s became %s", spoilt, got)
	}
	if at := CreatedAt([]byte(spoilt)); at != 0 {
		t.Errorf("made at %d", at)
	}
	if at := CreatedAt([]byte(customer)); at != uint32(time.Date(2024, 5, 17, 23, 59, 59, 0, time.UTC).Unix()) {
		t.Errorf("made at %d", at)
	}
}
