package main

import "covers/tasks/internal/reservation"

// The habits of guests and restaurants, all figures in one place. They are round figures, chosen so that every course of a
// booking occurs and the whole looks like a busy group of restaurants; none is measured.

// world is raised with every change that alters what is generated: a day of another world does not belong into the same zone.
// A test compares the bytes.
const world = 1

// Days, in the life of a booking.
const (
	maxLead = 60                    // the longest time between booking and meal, moves included
	maxTail = 6                     // the longest time between meal and a late change
	horizon = maxLead + maxTail + 2 // how many days before a day a booking that changes on it can have been made; two for time zones
)

// dayWeights are the shares of meals by weekday, Sunday first; the largest is dayWeightMost.
var dayWeights = [7]int{16, 8, 10, 12, 14, 21, 22}

const dayWeightMost = 22

// madeWeights are how many bookings are made by weekday, Sunday first, in percent of the average.
var madeWeights = [7]int{96, 96, 96, 99, 103, 107, 103}

// eventDays is on how many different UTC days a booking changes, on average, in hundredths, where evenings end before
// midnight UTC; overMidnight is what comes on top where they do not. A test measures them.
var eventDays = map[string]int64{reservation.OpenTable: 184, reservation.TheFork: 167}

const overMidnight = 35

// leads are the days between booking and meal of a table that is reserved.
var leads = weigh(
	share[[2]int]{26, [2]int{0, 0}}, share[[2]int]{15, [2]int{1, 1}}, share[[2]int]{18, [2]int{2, 3}},
	share[[2]int]{19, [2]int{4, 7}}, share[[2]int]{12, [2]int{8, 14}}, share[[2]int]{7, [2]int{15, 30}},
	share[[2]int]{3, [2]int{31, maxLead}},
)

// how a table is come by.
type how uint8

const (
	online how = iota
	byPhone
	walkIn
)

var ways = weigh(share[how]{68, online}, share[how]{14, byPhone}, share[how]{18, walkIn})

// fate is what becomes of a booking.
type fate uint8

const (
	completed fate = iota
	cancelled
	noShow
	unattended // nobody at the restaurant touched it: closed automatically, or left as it was
	declined   // the restaurant refused the request (TheFork)
)

var (
	fates       = weigh(share[fate]{765, completed}, share[fate]{145, cancelled}, share[fate]{38, noShow}, share[fate]{42, unattended}, share[fate]{10, declined})
	walkInFates = weigh(share[fate]{985, completed}, share[fate]{15, unattended})
)

// Permilles of bookings made at least a day ahead.
const (
	editedShare    = 260 // guest or restaurant change something before the meal
	confirmedShare = 420 // the restaurant calls before the meal
	movedShare     = 55  // the meal is moved, to another hour or another day
)

// Permilles of completed meals.
const (
	runsLateShare   = 60
	lateChangeShare = 25  // something is corrected on a later day
	billedShare     = 720 // the point of sale reports the bill
	depositShare    = 80
	experienceShare = 70
	offerShare      = 300 // TheFork: a promotion or a set menu
)

// parties are the sizes of parties.
var parties = weigh(
	share[int]{7, 1}, share[int]{46, 2}, share[int]{12, 3}, share[int]{18, 4}, share[int]{6, 5}, share[int]{5, 6},
	share[int]{2, 7}, share[int]{2, 8}, share[int]{1, 10}, share[int]{1, 14},
)

// sittings are the local times that tables are booked for, in minutes since midnight.
var (
	sittings = weigh(
		share[int]{3, 690}, share[int]{8, 720}, share[int]{6, 735}, share[int]{8, 750}, share[int]{7, 765}, share[int]{8, 780},
		share[int]{4, 795}, share[int]{4, 810}, share[int]{2, 840}, share[int]{2, 1050}, share[int]{5, 1080}, share[int]{4, 1095},
		share[int]{8, 1110}, share[int]{7, 1125}, share[int]{12, 1140}, share[int]{9, 1155}, share[int]{13, 1170}, share[int]{9, 1185},
		share[int]{12, 1200}, share[int]{7, 1215}, share[int]{8, 1230}, share[int]{5, 1245}, share[int]{5, 1260}, share[int]{2, 1275},
		share[int]{2, 1290}, share[int]{1, 1305}, share[int]{1, 1320},
	)
	// hours are the local hours at which people book for a later day.
	hours = weigh(
		share[int]{1, 0}, share[int]{1, 6}, share[int]{2, 7}, share[int]{4, 8}, share[int]{6, 9}, share[int]{8, 10}, share[int]{9, 11},
		share[int]{8, 12}, share[int]{7, 13}, share[int]{7, 14}, share[int]{7, 15}, share[int]{7, 16}, share[int]{8, 17}, share[int]{7, 18},
		share[int]{6, 19}, share[int]{6, 20}, share[int]{5, 21}, share[int]{4, 22}, share[int]{2, 23},
	)
)

// Guests. A generation of guests lives for generationDays; at any time two are alive, whose beginnings lie half of that
// apart, and each takes half of the bookings. So a guest's whole history is found by looking back two generations at most.
const (
	generationDays   = 180
	guestsPerBooking = 40  // guests of a generation, for each booking made on an average day
	namelessWalkIns  = 600 // permille of walk-ins whose name nobody asks
	namelessOthers   = 12  // permille of other bookings
	groupGuests      = 120 // permille of guests who go to more than one restaurant of the group
	bothPlatforms    = 250 // permille of guests who book on both platforms
	forgottenGuests  = 4   // permille of OpenTable's guests who ask to be forgotten
)
