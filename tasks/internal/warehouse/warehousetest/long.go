package warehousetest

import (
	"crypto/md5" //nolint:gosec // ids that SQL can make too, no secret
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/reservation"
)

// Long is a history of many days, shaped as a real one: each day has a reading of two sources, which bring so many new bookings
// each, and as many that were read before, one to 28 days ago, in a newer state; of guests seven for ten bookings. So a key has
// two observations, and what was read together lies together.
type Long struct {
	Bookings int // new ones a day and source
}

// longSources are what is read each day, and longSpan how long after the first observation of a key the second one can come.
var longSources = []string{"opentable/101", "thefork/7"}

const longSpan = 28

// Observations is how many a day has, of bookings and guests.
func (h Long) Observations() int { return len(longSources) * 2 * (h.Bookings + h.guests()) }

func (h Long) guests() int { return h.Bookings * 7 / 10 }

// Day is the date of a day, from 0 on.
func (h Long) Day(d int) string {
	return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, d).Format(time.DateOnly)
}

// GuestID is the id of a guest who is first read on a day, at the first source.
func (h Long) GuestID(d, n int) string { return longID("g", 0, d, n) }

// longID is an id as the platforms write them: a UUID, at OpenTable behind the restaurant's number there.
func longID(kind string, source, d, n int) string {
	sum := md5.Sum(fmt.Appendf(nil, "%s %d %d %d", kind, source, d, n)) //nolint:gosec // see above
	x := hex.EncodeToString(sum[:])
	return []string{"1001-", ""}[source] + strings.Join([]string{x[:8], x[8:12], x[12:16], x[16:20], x[20:]}, "-")
}

// Results are a day's readings at a rank.
func (h Long) Results(d int, contract int64) (out []Result) {
	for s, name := range longSources {
		r := Result{Source: name, Day: h.Day(d), Name: "00000001", Rank: Rank(contract)}
		day, err := time.Parse(time.DateOnly, r.Day)
		if err != nil {
			panic(err)
		}
		r.ReadAt = day.AddDate(0, 0, 1).Add(time.Duration(s) * time.Second)
		for version := range 2 {
			for n := range h.Bookings {
				first := h.first(d, version, n)
				b := Booking(0, int64(version+1), longID("g", s, first, n*7/10))
				b.Platform, _, _ = strings.Cut(name, "/")
				b.ReservationID = longID("b", s, first, n)
				r.Reservations = append(r.Reservations, b)
			}
			for n := range h.guests() {
				c := Guest(longID("g", s, h.first(d, version, n), n), int64(version+1))
				c.Platform, _, _ = strings.Cut(name, "/")
				r.Customers = append(r.Customers, c)
			}
		}
		out = append(out, r)
	}
	return out
}

// first is the day on which a key was first read that is read on a day, for the second time where version is 1.
func (h Long) first(d, version, n int) int { return d - version*(1+n%longSpan) }

// Fill writes the days from 0 to one into the tables of a warehouse of DuckDB, as loads of each day would have: in SQL, since
// loads of so many would take hours. The digests are not those that validation makes; they say as well which content is which.
func (h Long) Fill(t testing.TB, path string, days int) {
	t.Helper()
	db, err := sql.Open("duckdb", path+"?memory_limit=4GiB")
	Check(t, err)
	defer func() { Check(t, db.Close()) }()
	run := func(text string) {
		t.Helper()
		_, err := db.ExecContext(t.Context(), text)
		Check(t, err)
	}
	batch := max(1, 200_000/h.Observations())
	for from := 0; from < days; from += batch {
		until := min(days, from+batch)
		bookings, guests := h.observed("b", from, until, h.Bookings), h.observed("g", from, until, h.guests())
		current := fmt.Sprintf(" WHERE version = 1 OR d + 1 + n %% %d >= %d", longSpan, days)
		for table, rows := range map[string]string{
			"reservation_observations": longBooking + bookings, "reservations": longBooking + bookings + current,
			"customer_observations": longGuest + guests, "customers": longGuest + guests + current,
		} {
			run("INSERT INTO " + table + " BY NAME " + rows + " ORDER BY d, source, line")
		}
	}
	run(fmt.Sprintf(longLedger, strings.Join(longSources, "', '"), days, 2*h.Bookings, 2*h.guests()))
}

// observed is the rows of a kind on some days, by their numbers alone.
func (h Long) observed(kind string, from, until, n int) string {
	return fmt.Sprintf(`
FROM (
  SELECT *, CAST(CAST(md5(concat_ws(' ', '%[1]s', s, first, n)) AS UUID) AS VARCHAR) AS uuid,
    CAST(CAST(md5(concat_ws(' ', 'g', s, first, n * 7 // 10)) AS UUID) AS VARCHAR) AS guest,
    CASE s WHEN 0 THEN '1001-' ELSE '' END AS prefix,
    DATE '2020-01-01' + CAST(d AS INTEGER) AS day,
    CAST(DATE '2020-01-01' + CAST(d + 1 AS INTEGER) AS TIMESTAMP) + to_seconds(s) AS started
  FROM (
    SELECT d, s, version, n, d - version * (1 + n %% %[2]d) AS first, version * %[5]d + n + 1 AS line,
      (['%[6]s'])[s + 1] AS source
    FROM range(%[3]d, %[4]d) d(d), range(2) s(s), range(2) v(version), range(%[5]d) n(n)
  )
)`, kind, longSpan, from, until, n, strings.Join(longSources, "', '"))
}

const longReading = `source || '/' || day || '/updated/' || strftime(started, '%Y%m%dT%H%M%S.000Z') || '-00000001' AS reading`

// The columns, as Booking and Guest make them.
const longBooking = `SELECT ` + longReading + `, line, started + to_microseconds((line - 1) // 2) AS read_at,
  md5(uuid || version) AS digest, split_part(source, '/', 1) AS platform, 101 AS restaurant_id, prefix || uuid AS reservation_id,
  prefix || guest AS customer_id,
  ` + longHash + ` AS key_hash, 1 AS clock_epoch, version + 1 AS clock, TIMESTAMP '2026-03-20 12:00:00' AS created_at,
  TIMESTAMP '2026-03-27 09:00:00' + to_minutes(version + 1) AS updated_at, ['seated', 'completed'][version + 1] AS status,
  'State' || (version + 1) AS platform_status, 'web' AS channel, version + 3 AS party_size,
  TIMESTAMP '2026-03-29 18:00:00' AS scheduled_at, TIMESTAMP '2026-03-29 19:00:00' AS scheduled_local,
  CAST(started AS DATE) AS service_date, TIMESTAMP '2026-03-20 12:00:00' AS created_local, 'GBP' AS currency,
  10 + 1.2345 * (version + 1) AS spend_total`

// The number of a key, made as the loads make it.
const longHash = `CAST(SUBSTR(
  TRANSLATE(MD5(CONCAT(split_part(source, '/', 1), '/', prefix || uuid)), 'abcdef', '012345'), 1, 15) AS BIGINT)`

const longGuest = `SELECT ` + longReading + `, line, started + to_microseconds((line - 1) // 2) AS read_at,
  md5(uuid || version) AS digest, split_part(source, '/', 1) AS platform, 101 AS restaurant_id, prefix || uuid AS customer_id,
  ` + longHash + ` AS key_hash,
  1 AS clock_epoch, version + 1 AS clock, TIMESTAMP '2026-01-01 00:00:00' AS created_at,
  TIMESTAMP '2026-03-27 09:00:00' + to_minutes(version + 1) AS updated_at, 'p-' || uuid AS person_token,
  'e-' || uuid || version AS email_token, version = 0 AS vip, 'GB' AS country, FALSE AS forgotten`

const longLedger = `INSERT INTO loads BY NAME
SELECT source || '/' || day || '/updated/' || strftime(started, '%%Y%%m%%dT%%H%%M%%S.000Z') || '-00000001' AS reading,
  source, day,
  'updated' AS asked_by, '0001.0001.0001' AS rank, FALSE AS refused, TRUE AS stable, started AS read_at,
  %[3]d AS reservation_received, %[3]d AS reservation_accepted, 0 AS reservation_quarantined, %[3]d AS reservation_landed,
  %[4]d AS customer_received, %[4]d AS customer_accepted, 0 AS customer_quarantined, %[4]d AS customer_landed,
  0 AS erasures, 0 AS absent, 0 AS customer_merged, 0 AS noted, 0 AS unread, '' AS withheld,
  'history' AS manifest, 'history' AS result, 'history' AS program, started AS loaded_at
FROM (
  SELECT (['%[1]s'])[s + 1] AS source, DATE '2020-01-01' + CAST(d AS INTEGER) AS day,
    CAST(DATE '2020-01-01' + CAST(d + 1 AS INTEGER) AS TIMESTAMP) + to_seconds(s) AS started
  FROM range(%[2]d) d(d), range(2) s(s)
)`

// Forgets is whom an erasure in the middle of so many days is of.
func (h Long) Forgets(days int) (platform, id string) {
	return reservation.OpenTable, h.GuestID(days/2, 3)
}
