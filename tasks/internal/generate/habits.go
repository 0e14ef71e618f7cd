package generate

import (
	"fmt"
	"time"

	"covers/tasks/internal/reservation"
)

// The habits of guests and restaurants, made from the figures: what dice are thrown for.

// world is raised with every change that alters what is generated: a day of another world does not belong into the same zone.
// A test compares the bytes.
const world = 3

// Days, in the life of a booking.
const (
	maxLead = 60 // the longest time between booking and meal, moves included
	maxTail = 6  // the longest time between meal and a late change
	horizon = maxLead + maxTail +
		2 // how many days before a day a booking that changes on it can have been made; two for time zones
)

// eventDays is on how many different UTC days a booking changes, on average, in hundredths, where evenings end before
// midnight UTC; overMidnight is what comes on top where they do not. A test measures them.
var eventDays = map[string]int64{reservation.OpenTable: 153, reservation.TheFork: 134}

const overMidnight = 33

// how is the way in which a table is booked.
type how uint8

const (
	online how = iota
	byPhone
	walkIn
)

// fate is what becomes of a booking.
type fate uint8

const (
	completed fate = iota
	cancelled
	noShow
	unattended // nobody at the restaurant touched it: closed automatically, or left as it was
	declined   // the restaurant refused the request (TheFork)
)

// habits are those on one platform.
type habits struct {
	weekly   [7]int           // bookings made by weekday, Sunday first, in millionths of a week's
	ways     [7]weighted[how] // by the weekday on which the booking is made
	leads    [7]weighted[int] // days from booking to meal of a reservation, by the weekday on which it is made
	fates    map[how]fatesOf
	sittings weighted[int] // minutes since midnight, local time

	lastMinute int // permille of the reservations made on the day: less than two hours ahead
	lateCancel int // permille of cancellations of what was booked earlier: on the day of the meal
}

// fatesOf are the fates of what is made on the day and of what is made earlier.
type fatesOf struct{ sameDay, ahead weighted[fate] }

var habitsOn = map[string]*habits{
	reservation.OpenTable: newHabits(reservation.OpenTable),
	reservation.TheFork:   newHabits(reservation.TheFork),
}

func newHabits(platform string) *habits {
	of := func(format string, args ...any) int { return valueOf(platform, fmt.Sprintf(format, args...)) }
	h := &habits{}
	h.week(platform)
	h.sit(platform)
	sameDay := of("on the day")
	h.lastMinute = of("less than 2 hours ahead") * 1000 / sameDay
	// Per thousand reservations: how many are cancelled that were made on the day, and how many of all on the day of the meal.
	soon := sameDay * of("cancelled though made on the day") / 1000
	late := of("cancelled") * of("cancelled on the day of the meal") / 1000
	h.lateCancel = (late - soon) * 1000 / (of("cancelled") - soon)
	aheads := (of("cancelled") - soon) * 1000 / (1000 - sameDay)

	refused := 0
	if platform == reservation.TheFork {
		refused = of("refused")
	}
	fates := func(missed, cancels int) weighted[fate] {
		open := of("left open")
		return weigh(share[fate]{1000 - missed - cancels - open - refused, completed}, share[fate]{cancels, cancelled},
			share[fate]{missed, noShow},
			share[fate]{open, unattended}, share[fate]{refused, declined})
	}
	h.fates = map[how]fatesOf{}
	for way, missed := range map[how]int{online: of("no-shows of those made online"),
		byPhone: of("no-shows of those made by phone")} {
		h.fates[way] = fatesOf{fates(missed, of("cancelled though made on the day")), fates(missed, aheads)}
	}
	open := of("walk-ins left open")
	h.fates[walkIn] = fatesOf{sameDay: weigh(share[fate]{1000 - open, completed}, share[fate]{open, unattended})}
	return h
}

// leadSpans are the days ahead that the figures tell apart.
var leadSpans = []struct {
	name     string
	from, to int
}{
	{"on the day", 0, 0}, {"1 day ahead", 1, 1}, {"2 to 3 days ahead", 2, 3}, {"4 to 7 days ahead", 4, 7},
	{"8 to 14 days ahead", 8, 14},
	{"15 to 30 days ahead", 15, 30}, {"31 to 60 days ahead", 31, maxLead},
}

// week works out, for each weekday on which people book, how many do, how, and for how many days ahead, so that meals fall on
// the weekdays of the figures whatever the lead.
func (h *habits) week(platform string) {
	var meals [7]int
	for w := range meals {
		meals[w] = valueOf(platform, time.Weekday(w).String())
	}
	walks, phone := valueOf(platform, "walk-ins"), valueOf(platform, "by phone")
	for w := range meals {
		var leads []share[int]
		reserved := 0
		for _, span := range leadSpans {
			of := valueOf(platform, span.name) * 1000 / (span.to - span.from + 1) // millionths for each day
			for days := span.from; days <= span.to; days++ {
				n := of * meals[(w+days)%7] / 1000
				leads = append(leads, share[int]{n, days})
				reserved += n
			}
		}
		h.leads[w] = weigh(leads...)
		walked := meals[w] * walks // millionths of a week's bookings
		reserved = reserved * (1000 - walks) / 1000
		h.ways[w] = weigh(share[how]{reserved * (1000 - phone), online}, share[how]{reserved * phone, byPhone},
			share[how]{walked * 1000, walkIn})
		h.weekly[w] = walked + reserved
	}
}

// sit lays the meals of a day out.
func (h *habits) sit(platform string) {
	quarters := []string{"on the hour", "a quarter past", "half past", "a quarter to"}
	var sittings []share[int]
	add := func(meal string, of, first, last int) {
		for hour := first; hour <= last; hour++ {
			at := valueOf(platform, fmt.Sprintf("%s at %d", meal, hour))
			for i, q := range quarters {
				sittings = append(sittings, share[int]{of * at * value(q), hour*60 + i*15})
			}
		}
	}
	dinners := valueOf(platform, "dinners")
	add("lunch", 1000-dinners, 11, 14)
	add("dinner", dinners, firstDinner[platform], 22)
	h.sittings = weigh(sittings...)
}

// firstDinner is the hour from which the figures count dinners.
var firstDinner = map[string]int{reservation.OpenTable: 16, reservation.TheFork: 18}

// hours are the local hours at which people book for a later day. They are assumed: such that, with those who book for the same
// day, the published hours come out.
var hours = weigh(
	share[int]{1, 0}, share[int]{1, 6}, share[int]{2, 7}, share[int]{4, 8}, share[int]{6, 9}, share[int]{8, 10},
	share[int]{9, 11},
	share[int]{8, 12}, share[int]{7, 13}, share[int]{7, 14}, share[int]{12, 15}, share[int]{13, 16}, share[int]{8, 17},
	share[int]{7, 18},
	share[int]{6, 19}, share[int]{6, 20}, share[int]{5, 21}, share[int]{4, 22}, share[int]{2, 23},
)

// seasons are a month's bookings a day, in thousandths of an average day's.
var seasons = func() (s [13]int) {
	for m := time.January; m <= time.December; m++ {
		days := time.Date(2026, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
		s[m] = value(m.String()) * 365 / days
	}
	return s
}()

// parties are the sizes of parties.
var parties = func() weighted[int] {
	var sizes []share[int]
	for _, n := range []int{2, 4, 3, 5, 1, 6, 7, 8, 10, 14} { // about in the order of their shares
		sizes = append(sizes, share[int]{value(fmt.Sprintf("party of %d", n)), n})
	}
	return weigh(sizes...)
}()

// Permilles of reservations made on an earlier day.
var (
	editedShare    = value("changed before the meal")
	confirmedShare = value("opentable: called to confirm")
	movedShare     = value("moved")
)

// Permilles of completed meals.
var (
	runsLateShare   = value("opentable: runs late")
	lateChangeShare = value("corrected on a later day")
	billedShare     = value("bill reported")
)

// Permilles of reservations made online.
var (
	experienceShare = value("opentable: experiences")
	promotionShare  = value("thefork: promotions")
	setMenuShare    = value("thefork: set menus")
)

// largeParty is the number of guests from which on most restaurants take a deposit.
const largeParty = 8

// depositHead is what a deposit costs a head, on average, in hundredths of the currency's unit.
var depositHead = value("opentable: deposit a head")

var depositShare = map[bool]int{true: value("opentable: deposit of large parties"),
	false: value("opentable: deposit of small parties")}

// channelsOf are TheFork's words for how a booking came.
var channelsOf = func() map[how]weighted[string] {
	var channels []share[string]
	for _, c := range []string{"Booking Module", "TheFork", "Google", "TripAdvisor", "Michelin", "Cross Sell",
		"TheFork Manager API"} {
		channels = append(channels, share[string]{value("thefork: " + c), c})
	}
	return map[how]weighted[string]{online: weigh(channels...), byPhone: weigh(share[string]{1, "Offline"}),
		walkIn: weigh(share[string]{1, "Walk-in"})}
}()

// bills are what a cover costs, by platform and currency.
type bills struct {
	spend    int // hundredths a cover, all in, on average
	tax, tip int // permille of the rest
}

var billsOf = func() map[string]map[string]bills {
	all := map[string]map[string]bills{}
	for platform := range habitsOn {
		all[platform] = map[string]bills{}
		for _, currency := range []string{"GBP", "EUR", "USD"} {
			all[platform][currency] = bills{valueOf(platform, "spend "+currency), value("tax " + currency),
				value("tip " + currency)}
		}
	}
	return all
}()

// Guests. A generation of guests lives for generationDays; at any time two are alive, whose beginnings lie half of that
// apart, and each takes half of the bookings. So a guest's whole history is found by looking back two generations at most.
const (
	generationDays   = 180
	guestsPerBooking = 128 // of a generation, for each booking of an average day: so that as many come once as the figure says
)

var (
	namelessWalkIns = value("walk-ins without a name")
	namelessOthers  = value("reservations without a name")
	groupGuests     = value("guests at several restaurants")
	bothPlatforms   = value("guests on both platforms")
	forgottenGuests = value("opentable: guests who ask to be forgotten")
	mergedGuests    = value("opentable: guests whose record is merged into another")
	archivedGuests  = value("opentable: guests whose record is archived without another")
	hiddenGuests    = value("opentable: guests taken out of the guest book")
	optedOutGuests  = value("guests who refuse other use of their data")
	anonymousGuests = value("opentable: guests without a name or a number")
)
