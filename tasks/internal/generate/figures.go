package generate

import "fmt"

// publication is where a figure was read.
type publication struct {
	by, title string
	year      int // 0 where the page does not say
	address   string
}

// figure is a number that the world follows. A test measures each in a generated world.
type figure struct {
	name  string // with a platform before it where the platforms differ
	value int
	unit  string
	from  *publication // nil: none was found, the figure is assumed
	note  string       // how the published number was read; of an assumed one, why this one
}

// Units: thousandths of something, or hundredths of a currency's unit.
const (
	ofBookings     = "‰ of bookings, walk-ins included"
	ofReservations = "‰ of reservations"
	ofAhead        = "‰ of reservations made on an earlier day"
	ofSameDay      = "‰ of reservations made on the day"
	ofCancelled    = "‰ of cancellations"
	ofMeals        = "‰ of meals"
	ofDinners      = "‰ of dinners"
	ofLunches      = "‰ of lunches"
	ofYear         = "‰ of the year's bookings"
	ofWalkIns      = "‰ of walk-ins"
	ofCompleted    = "‰ of meals that were had"
	ofOnline       = "‰ of reservations made online"
	ofParties      = "‰ of parties"
	ofGuests       = "‰ of guests"
	perCover       = "hundredths a cover, tax and tip included"
	ofBill         = "‰ of the bill before tax"
)

var (
	toast2023 = &publication{"Toast",
		"U.S. full-service restaurants: the busiest hours, reservation insights (Q3 2023 Restaurant Trends Report)", 2023,
		"https://thedailyhotelier.com/2025/10/29/u-s-full-service-restaurants-the-busiest-hours-reservation-insights-and-popular-proteins-by-state"}
	emerging2023 = &publication{"Emerging", "Trends in Full-Service Restaurants as 2023 Ends (on Toast's report)", 2023,
		"https://emerging.com/insights/restaurant-trends/trends-in-full-service-restaurants-as-2023-ends"}
	retailBrew2023 = &publication{"Retail Brew",
		"Most diners contact restaurants from 4pm to 5pm to reserve a table (on Toast's report)", 2023,
		"https://www.retailbrew.com/stories/2023/12/08/most-diners-contact-restaurants-from-4pm-to-5pm-to-reserve-a-table-report"}
	toast2024 = &publication{"Toast",
		"Reservation Trends Shift to Slower Days and Early Dinners (Q3 2024 Restaurant Trends Report)", 2024,
		"https://businesswire.com/news/home/20241210819521/en/Toast-Data-Reservation-Trends-Shift-to-Slower-Days-and-Early-Dinners"}
	openTable2017 = &publication{"Restaurant Hospitality", "OpenTable seeks to reduce no-shows", 2017,
		"http://www.restaurant-hospitality.com/marketing/opentable-seeks-reduce-no-shows"}
	openTableDeposits = &publication{"OpenTable", "Now serving: Deposits, a new weapon against no-shows", 0,
		"https://restaurant.opentable.co.uk/resources/deposits-restaurant-no-shows/"}
	theFork2019 = &publication{"L'Hôtellerie Restauration",
		"Les habitudes des Français au restaurant (LaFourchette's bookings of 2019)", 2020,
		"https://lhotellerie-restauration.fr/actualite/les-habitudes-des-francais-au-restaurant"}
	theFork2021 = &publication{"TourMaG", "Restauration : croissance de 12% en France entre 2020 et 2021 (TheFork)", 2022,
		"https://www.tourmag.com/Restauration-croissance-de-12-en-France-entre-2020-et-2021_a111989.html"}
	theForkSummer2022 = &publication{"Les Echos Publishing", "Un bilan estival rayonnant en restauration (TheFork)", 2022,
		"https://www.fcn.fr/Actualite/fiche/id/6184"}
	theForkItaly2022 = &publication{"Gazzetta di Napoli", "TheFork: scenario, bilancio della ristorazione nel 2022", 2023,
		"https://www.gazzettadinapoli.it/turismo-e-sapori/thefork-scenario-bilancio-della-ristorazione-nel-2022/"}
	theFork2024 = &publication{"E-marketing.fr", "TheFork supprime les utilisateurs qui ne se présentent pas au restaurant", 2024,
		"https://e-marketing.fr/Thematique/marques-1296/strategie-marque-2250/Breves/TheFork-supprime-les-utilisateurs-qui-ne-se-presentent-pas-au-463968.htm"}
	theForkUK = &publication{"Fry Magazine", "Diners increasingly book with a deal as promo-led dining surges (TheFork)", 0,
		"https://frymagazine.com/news/diners-increasingly-book-with-a-deal-as-promo-led-dining-surges"}
	quandoo = &publication{"Quandoo for Restaurants", "7 Key Booking Trends Restaurants Can't Ignore", 0,
		"https://restaurants.quandoo.com/en-gb/blog/restaurant-booking-trends"}
	resDiary2023 = &publication{"ResDiary", "Infographic: Beyond the Booking. UK Hospitality Industry Report 2023", 2023,
		"https://resdiary.com/blog/infographic-beyond-the-booking-2023-q1?region=GB/"}
	womply2019 = &publication{"a news page on Womply's study of 2018",
		"Here's How Much We Spend Dining Out -- And When We Spend It", 2019,
		"https://a673b.bigscoots-temp.com/services/2019/05/13/heres-how-much-we-spend-dining-out-and-when-we-spend-it"}
	hardens2020 = &publication{"The Caterer",
		"Price for dinner in London rises at the fastest rate on record (Harden's London Restaurants 2020)", 2019,
		"https://thecaterer.com/all-content/price-dinner-london-rises-fastest-rate-on-record"}
	zagat2016 = &publication{"Daily Sun New York", "On Zagat's survey of 2016 (in Japanese)", 2016,
		"https://dailysunny.com/2016/01/29/nynews0129-17"}
	bloom2025 = &publication{"Bloom Intelligence", "The State of Restaurant Guest Retention 2025", 2025,
		"https://bloomintelligence.com/blog/state-of-restaurant-guest-retention-2025/feed"}
)

// rest says of an assumed figure that it shares out what published ones leave.
const rest = "what the published figures leave, shared out"

// figures are all of them, in the order in which docs/habits.md shows them. OpenTable publishes changes from year to year, hardly
// a level; where it does not, Toast's figures of American restaurants stand in.
var figures = []figure{
	// When meals are.
	{"opentable: Sunday", 154, ofMeals, emerging2023, "8 % above the average day"},
	{"opentable: Monday", 74, ofMeals, nil, rest},
	{"opentable: Tuesday", 82, ofMeals, nil, rest},
	{"opentable: Wednesday", 94, ofMeals, nil, rest},
	{"opentable: Thursday", 112, ofMeals, nil, rest},
	{"opentable: Friday", 220, ofMeals, toast2023, "54 % above the average day"},
	{"opentable: Saturday", 264, ofMeals, toast2023, "85 % above the average day"},
	{"thefork: Sunday", 140, ofMeals, theFork2019, ""},
	{"thefork: Monday", 90, ofMeals, nil, rest},
	{"thefork: Tuesday", 100, ofMeals, nil, rest},
	{"thefork: Wednesday", 120, ofMeals, nil, rest},
	{"thefork: Thursday", 130, ofMeals, nil, rest},
	{"thefork: Friday", 180, ofMeals, theFork2019, ""},
	{"thefork: Saturday", 240, ofMeals, theFork2019, ""},
	{"January", 66, ofYear, womply2019, "share of the year's spend"},
	{"February", 70, ofYear, womply2019, "share of the year's spend"},
	{"March", 84, ofYear, nil, rest},
	{"April", 84, ofYear, nil, rest},
	{"May", 90, ofYear, womply2019, "at least 9 % of the year's spend"},
	{"June", 90, ofYear, womply2019, "at least 9 % of the year's spend"},
	{"July", 90, ofYear, womply2019, "at least 9 % of the year's spend"},
	{"August", 90, ofYear, womply2019, "at least 9 % of the year's spend"},
	{"September", 84, ofYear, nil, rest},
	{"October", 84, ofYear, nil, rest},
	{"November", 84, ofYear, nil, rest},
	{"December", 84, ofYear, nil, rest},
	{"dinners", 710, ofMeals, theFork2019, "in France; the others are lunches"},
	{"opentable: dinner at 16", 40, ofDinners, nil, rest},
	{"opentable: dinner at 17", 220, ofDinners, toast2023, ""},
	{"opentable: dinner at 18", 370, ofDinners, toast2023, ""},
	{"opentable: dinner at 19", 260, ofDinners, toast2023, ""},
	{"opentable: dinner at 20", 80, ofDinners, nil, rest},
	{"opentable: dinner at 21", 25, ofDinners, nil, rest},
	{"opentable: dinner at 22", 5, ofDinners, nil, rest},
	{"thefork: dinner at 18", 60, ofDinners, nil,
		"the French book for 20:00 and 20:30 above all (TheFork in BFM Business, 2021)"},
	{"thefork: dinner at 19", 330, ofDinners, nil, "as above"},
	{"thefork: dinner at 20", 430, ofDinners, nil, "as above"},
	{"thefork: dinner at 21", 160, ofDinners, nil, "as above"},
	{"thefork: dinner at 22", 20, ofDinners, nil, "as above"},
	{"lunch at 11", 60, ofLunches, nil, "most people eat between 12 and 14"},
	{"lunch at 12", 530, ofLunches, nil, "as above"},
	{"lunch at 13", 340, ofLunches, nil, "as above"},
	{"lunch at 14", 70, ofLunches, nil, "as above"},
	{"on the hour", 400, ofMeals, nil, "people like full hours, then half ones"},
	{"a quarter past", 150, ofMeals, nil, "as above"},
	{"half past", 300, ofMeals, nil, "as above"},
	{"a quarter to", 150, ofMeals, nil, "as above"},

	// How far ahead, and when, tables are booked.
	{"opentable: on the day", 450, ofReservations, toast2024, "in the US"},
	{"opentable: 1 day ahead", 190, ofReservations, nil, "so that 52 % are made less than 24 hours ahead"},
	{"opentable: 2 to 3 days ahead", 120, ofReservations, nil, "fewer the longer it is"},
	{"opentable: 4 to 7 days ahead", 115, ofReservations, nil, "as above"},
	{"opentable: 8 to 14 days ahead", 70, ofReservations, nil, "as above"},
	{"opentable: 15 to 30 days ahead", 40, ofReservations, nil, "as above"},
	{"opentable: 31 to 60 days ahead", 15, ofReservations, nil, "as above; Toast counts up to 60 days"},
	{"thefork: on the day", 560, ofReservations, nil, "so that 62 % are made less than 24 hours ahead"},
	{"thefork: 1 day ahead", 190, ofReservations, nil, "as above"},
	{"thefork: 2 to 3 days ahead", 85, ofReservations, nil, "fewer the longer it is"},
	{"thefork: 4 to 7 days ahead", 80, ofReservations, nil, "as above"},
	{"thefork: 8 to 14 days ahead", 50, ofReservations, nil, "as above"},
	{"thefork: 15 to 30 days ahead", 25, ofReservations, nil, "as above"},
	{"thefork: 31 to 60 days ahead", 10, ofReservations, nil, "as above"},
	{"opentable: less than 24 hours ahead", 520, ofReservations, toast2023, ""},
	{"thefork: less than 24 hours ahead", 620, ofReservations, theFork2021, "38 % book more than 24 hours ahead"},
	{"opentable: less than 2 hours ahead", 230, ofReservations, toast2023, ""},
	{"thefork: less than 2 hours ahead", 260, ofReservations, theFork2021, ""},
	{"opentable: made from 15 to 16", 90, ofReservations, retailBrew2023, ""},
	{"opentable: made from 16 to 17", 110, ofReservations, retailBrew2023, ""},
	{"opentable: made from 17 to 18", 100, ofReservations, retailBrew2023, ""},

	// How, and for how many.
	{"walk-ins", 300, ofBookings, nil,
		"fewer than reservations (OpenTable on Canada in 2022); of guests of one restaurant in Philadelphia 40 % " +
			"(Oh and Su, 2013)"},
	{"by phone", 130, ofReservations, resDiary2023, "what British diners prefer"},
	{"thefork: Booking Module", 644, ofOnline, resDiary2023,
		"56 % prefer the restaurant's own website; the phone's 13 % and others' 3 % aside"},
	{"thefork: TheFork", 220, ofOnline, nil, "28 % prefer a booking system or app (ResDiary 2023), shared out among them"},
	{"thefork: Google", 50, ofOnline, nil, "as above"},
	{"thefork: TripAdvisor", 30, ofOnline, nil, "as above"},
	{"thefork: Michelin", 22, ofOnline, nil, "as above"},
	{"thefork: Cross Sell", 20, ofOnline, nil, rest},
	{"thefork: TheFork Manager API", 14, ofOnline, nil, rest},
	{"party of 1", 30, ofParties, theForkItaly2022, "on both platforms; elsewhere only growth is published"},
	{"party of 2", 600, ofParties, theForkItaly2022, "in France too, summer of 2022"},
	{"party of 3", 130, ofParties, theForkItaly2022, ""},
	{"party of 4 or more", 240, ofParties, theForkItaly2022, ""},
	{"party of 4", 140, ofParties, nil, rest},
	{"party of 5", 40, ofParties, nil, rest},
	{"party of 6", 30, ofParties, nil, rest},
	{"party of 7", 12, ofParties, nil, rest},
	{"party of 8", 10, ofParties, nil, rest},
	{"party of 10", 5, ofParties, nil, rest},
	{"party of 14", 3, ofParties, nil, rest},

	// What becomes of them.
	{"cancelled", 170, ofReservations, toast2024, "in the US; 190 a year before"},
	{"cancelled though made on the day", 100, ofSameDay, nil,
		"less than others: what is booked more than a week ahead is cancelled most (Venga, 2015)"},
	{"cancelled on the day of the meal", 520, ofCancelled, quandoo, "over 50 %, in the UK"},
	{"opentable: no-shows of those made online", 46, "‰ of reservations made online", openTable2017,
		"in the US; 44 in the UK in 2018"},
	{"opentable: no-shows of those made by phone", 57, "‰ of reservations made by phone", openTable2017,
		"in the US; 46 in the UK in 2018"},
	{"thefork: no-shows of those made online", 30, "‰ of reservations made online", theFork2024, "about 3 % in France"},
	{"thefork: no-shows of those made by phone", 30, "‰ of reservations made by phone", theFork2024, "about 3 % in France"},
	{"left open", 40, ofReservations, nil, "nobody at the restaurant touched it; often enough to be seen in every day"},
	{"walk-ins left open", 15, ofWalkIns, nil, "as above"},
	{"thefork: refused", 10, ofReservations, nil, "rare: restaurants give tables free that they have"},
	{"changed before the meal", 260, ofAhead, nil, "often enough that versions differ"},
	{"moved", 55, ofAhead, nil, "as above"},
	{"opentable: called to confirm", 420, ofAhead, nil, "restaurants call before a busy evening"},
	{"opentable: runs late", 60, "‰ of reserved meals that were had", nil, "a table or two an evening"},
	{"seated within 5 minutes of the time", 500, "‰ of reserved meals that were had", retailBrew2023,
		"about half of these before it"},
	{"corrected on a later day", 25, ofCompleted, nil, "often enough that late changes are in every day"},

	// What they spend. No source gives OpenTable's guests' bill at Paris.
	{"opentable: spend GBP", 5928, perCover, hardens2020, "a dinner for one in London, 59.28"},
	{"opentable: spend EUR", 3500, perCover, theForkSummer2022, "from 30 to 40 a head, in France"},
	{"opentable: spend USD", 4844, perCover, zagat2016, "a dinner in New York, 48.44"},
	{"thefork: spend GBP", 2868, perCover, theForkUK, "in London, before discounts"},
	{"thefork: spend EUR", 3500, perCover, theForkSummer2022, "from 30 to 40 a head, in France"},
	{"thefork: spend USD", 4844, perCover, zagat2016, "a dinner in New York; TheFork is not there"},
	{"tax GBP", 200, ofBill, nil, "the standard rate of VAT in the UK; not looked up"},
	{"tax EUR", 100, ofBill, nil, "the rate of VAT for restaurants in France; not looked up"},
	{"tax USD", 89, ofBill, nil, "sales tax in New York City, 8.875 %; not looked up"},
	{"tip GBP", 110, ofBill, nil, "less than in America, more than in France"},
	{"tip EUR", 50, ofBill, nil, "service is in the price"},
	{"tip USD", 193, ofBill, toast2024, "full service"},
	{"bill reported", 720, ofCompleted, nil, "not every point of sale is connected"},
	{"opentable: deposit of large parties", 620, "‰ of reservations for 8 and more", resDiary2023,
		"62 % of British restaurants take deposits; where there is a least size, it is 8 on average (catererlicensee.com, 2023)"},
	{"opentable: deposit of small parties", 40, "‰ of reservations for fewer than 8", nil, "for special evenings"},
	{"opentable: deposit a head", 1300, "hundredths", openTableDeposits,
		"the middle of 1 to 25, which most think suitable at a casual place"},
	{"opentable: experiences", 70, ofOnline, nil, "only growth is published (27 % in a year, OpenTable 2024)"},
	{"thefork: promotions", 420, ofOnline, theForkUK, "in the UK; 55 % in France in 2019"},
	{"thefork: discount", 350, "‰ of the bill, on average over promotions", theForkUK, ""},
	{"thefork: set menus", 80, ofOnline, nil, "beside the promotions"},

	// Guests.
	{"guests who come once", 690, "‰ of guests, in half a year", bloom2025, "never more than one visit"},
	{"walk-ins without a name", 600, ofWalkIns, nil, "nobody asks"},
	{"reservations without a name", 12, ofReservations, nil, "taken down in a hurry"},
	{"guests at several restaurants", 120, ofGuests, nil, "enough to be seen in every day"},
	{"guests on both platforms", 250, ofGuests, nil, "as above"},
	{"opentable: guests who ask to be forgotten", 4, ofGuests, nil, "as above"},
	{"opentable: guests whose record is merged into another", 15, ofGuests, nil, "as above"},
	{"opentable: guests whose record is archived without another", 2, ofGuests, nil, "rare, but seen in a month of days"},
	{"opentable: guests taken out of the guest book", 4, ofGuests, nil, "as above"},
	{"opentable: guests without a name or a number", 10, ofGuests, nil, "in-house bookings have such guests"},
	{"guests who refuse other use of their data", 40, ofGuests, nil, "enough to be seen in every day"},
}

// valueOf returns a figure for a platform: its own, or that of all.
func valueOf(platform, name string) int {
	f, ok := figureOf(platform + ": " + name)
	if !ok {
		f, ok = figureOf(name)
	}
	if !ok {
		panic(fmt.Sprintf("no figure of %q for %s", name, platform))
	}
	return f.value
}

// value returns a figure that holds for all platforms.
func value(name string) int { return valueOf("", name) }

func figureOf(name string) (figure, bool) {
	for _, f := range figures {
		if f.name == name {
			return f, true
		}
	}
	return figure{}, false
}
