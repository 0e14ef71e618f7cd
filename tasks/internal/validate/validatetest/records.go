package validatetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// OpenTable makes the i-th reservation, about 1.3 KB, with changes as strings.NewReplacer takes them.
func OpenTable(i int, changes ...string) string {
	own, of := UID(i), UID(-1-i%977)
	body := fmt.Sprintf(`{"id":"1001-%s","href":"https://platform.opentable.com/sync/v2/reservations/1001-%s",`+
		`"rid":1001,"sequence_id":%d,"guest_id":"1001-%s","guest":"https://platform.opentable.com/sync/v2/guests/1001-%s",`+
		`"confirmation_id":%d,"state":"Done","table_number":["%d"],"party_size":%d,"visit_tags":["birthday"],"origin":"Web",`+
		`"created_date":"2026-03-14T09:15:30.%03d","created_date_utc":"2026-03-14T09:15:30.%03dZ",`+
		`"scheduled_time":"2026-03-28T19:%02d:00","scheduled_time_utc":"2026-03-28T19:%02d:00Z",`+
		`"updated_at":"2026-03-28T21:05:%02d","updated_at_utc":"2026-03-28T21:05:%02dZ",`+
		`"arrived_time":"2026-03-28T19:28:00","arrived_time_utc":"2026-03-28T19:28:00Z",`+
		`"seated_time":"2026-03-28T19:31:00","seated_time_utc":"2026-03-28T19:31:00Z",`+
		`"done_time":"2026-03-28T21:05:00","done_time_utc":"2026-03-28T21:05:00Z",`+
		`"guest_request":"A quiet table, please","venue_notes":null,"opentable_notes":null,`+
		`"table_category":null,"server":"Jo",`+
		`"pos_data":{"check_ids":["%d"],"pos_sub_total":%d,"pos_tax":2010,"pos_tip":null,"pos_total_spend":%d},`+
		`"currency_code":"GBP","currency_denominator":100,"experience_details":null,`+
		`"deposit":{"total_paid":2000,"total_refunded":0,"currency":null,"currency_denominator":100,"status":"CAPTURED"}}`,
		own, own, 2_277_000_000+i, of, of, 204_513+i, i%40, 1+i%8,
		i%1000, i%1000, i%60, i%60, i%60, i%60, i, 10_000+i%5000, 12_060+i%5000)
	return strings.NewReplacer(changes...).Replace(body)
}

// Guest makes the i-th guest, with changes as strings.NewReplacer takes them.
func Guest(i int, changes ...string) string {
	body := fmt.Sprintf(`{"id":"1001-%s","rid":1001,"sequence_id":%d,"gpid":"%d","tags":null,`+
		`"updated_at":"2026-03-28T21:05:11","updated_at_utc":"2026-03-28T21:05:11Z",`+
		`"created_date":"2025-11-02T10:00:00","created_date_utc":"2025-11-02T10:00:00Z",`+
		`"forgotten":false,"archived":false,"first_name":"Ana","last_name":"Núñez",`+
		`"email":"ana%d@example.org","email_optin":true,"phone":"+44 20 7946 %04d"}`,
		UID(-1-i), 2_278_000_000+i, 110_000+i, i, i%10000)
	return strings.NewReplacer(changes...).Replace(body)
}

// UID returns the i-th id: random digits, as compressible as real ones.
func UID(i int) string {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.Uint32()>>16, r.Uint32()>>20, r.Uint32()>>20, r.Uint64()>>16)
}

// Many returns the first n records that f makes.
func Many(n int, f func(i int, changes ...string) string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}
