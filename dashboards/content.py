"""What is in the workbook. `make workbook` writes it; the tests hold every field against the warehouse."""

from model import Between, Dashboard, Field, Known, Sheet, Source, along, by, header_total, newest, ratio, smallest, total

COUNT, SHARE, MONEY = "n#,##0;-#,##0", "p0.0%", "n#,##0.00;-#,##0.00"
DAY, MOMENT = "*ddd d mmm yyyy", "*yyyy-mm-dd hh:nn"


def count(name: str, caption: str) -> Field:
    return Field(name, "BIGINT", caption, measure=True, format=COUNT)


def money(name: str, caption: str) -> Field:  # a sum of the view's
    return Field(name, "DECIMAL(38,4)", caption, measure=True, format=MONEY)


RESTAURANT_ID = Field("RESTAURANT_ID", "BIGINT", "Restaurant number")
SERVICE_DATE = Field("SERVICE_DATE", "DATE", "Evening", format=DAY)
PLATFORM = Field("PLATFORM", "VARCHAR", "Platform")
RESTAURANT = Field("RESTAURANT", "VARCHAR", "Restaurant")
NAMED = Field("RESTAURANT", "VARCHAR", "Restaurant", view="e")
DAYS_AHEAD = Field("DAYS_AHEAD", "BIGINT", "Days ahead (0 is tonight)", view="e")

SERVICES = Source(
    "services",
    "Services",
    "DAILY_SERVICE",
    (
        RESTAURANT_ID,
        RESTAURANT,
        SERVICE_DATE,
        PLATFORM,
        Field("CURRENCY", "VARCHAR", "Currency"),
        count("RESERVATIONS", "Reservations"),
        count("ARRIVED", "Arrived"),
        count("SEATED", "Seated"),
        count("COMPLETED", "Completed"),
        count("CANCELLED", "Cancelled"),
        count("NO_SHOWS", "No-shows"),
        count("COVERS", "Covers"),
        count("EXPECTED_COVERS", "Expected covers"),
        money("SPEND_TOTAL", "Spend, in the row's currency"),
        DAYS_AHEAD,
        # The rate is of the parties that were to come. Those that cancelled, and those still to come, are no part of it.
        Field(
            "NO_SHOW_RATE",
            "DECIMAL(18,4)",
            "No-show rate",
            measure=True,
            format=SHARE,
            formula="SUM([NO_SHOWS]) / SUM([NO_SHOWS] + [ARRIVED] + [SEATED] + [COMPLETED])",
        ),
    ),
)

FUNNEL = Source(
    "funnel",
    "Funnel",
    "STATUS_FUNNEL",
    (
        RESTAURANT_ID,
        SERVICE_DATE,
        PLATFORM,
        count("STEP_NUMBER", "Step number"),
        Field("STEP", "VARCHAR", "Step"),
        count("RESERVATIONS", "Reservations"),
        NAMED,
        DAYS_AHEAD,
    ),
)

CHANNELS = Source(
    "channels",
    "Channels",
    "CHANNEL_MIX",
    (
        RESTAURANT_ID,
        SERVICE_DATE,
        PLATFORM,
        Field("CHANNEL", "VARCHAR", "Channel"),
        count("RESERVATIONS", "Reservations"),
        NAMED,
        DAYS_AHEAD,
    ),
)

LEAD = Source(
    "lead",
    "Lead time",
    "LEAD_TIME",
    (
        RESTAURANT_ID,
        SERVICE_DATE,
        PLATFORM,
        Field("LEAD_DAYS", "BIGINT", "Days booked ahead"),
        count("RESERVATIONS", "Reservations"),
        NAMED,
        DAYS_AHEAD,
    ),
)

LEDGER = Source(
    "ledger",
    "Ledger",
    "LEDGER",
    (
        Field("READING", "VARCHAR", "Reading"),
        Field("SOURCE", "VARCHAR", "Source"),
        Field("DAY", "DATE", "Day", format=DAY),
        Field("REFUSED", "BOOLEAN", "Refused"),
        Field("STABLE", "BOOLEAN", "Stable"),
        Field("LOADED_AT", "DATETIME", "Loaded at (UTC)", format=MOMENT),
        count("DAYS_OLD", "Days behind the newest"),
        count("RESERVATION_RECEIVED", "Reservations received"),
        count("RESERVATION_ACCEPTED", "Reservations accepted"),
        count("RESERVATION_QUARANTINED", "Reservations in quarantine"),
        count("RESERVATION_LANDED", "Reservations landed"),
        count("CUSTOMER_RECEIVED", "Guests received"),
        count("CUSTOMER_ACCEPTED", "Guests accepted"),
        count("CUSTOMER_QUARANTINED", "Guests in quarantine"),
        count("CUSTOMER_LANDED", "Guests landed"),
        Field(
            "STATE",
            "VARCHAR",
            "State",
            formula="IF [REFUSED] THEN 'refused' ELSEIF NOT [STABLE] THEN 'not stable' ELSE 'loaded' END",
        ),
        Field(
            "QUARANTINED_SHARE",
            "DECIMAL(18,4)",
            "Share in quarantine",
            measure=True,
            format="p0.00%",
            formula=(
                "SUM([RESERVATION_QUARANTINED] + [CUSTOMER_QUARANTINED]) / SUM([RESERVATION_RECEIVED] + [CUSTOMER_RECEIVED])"
            ),
        ),
        Field(
            "UNACCOUNTED",
            "BIGINT",
            "Not accounted for",
            measure=True,
            format=COUNT,
            formula=(
                "SUM([RESERVATION_RECEIVED] - [RESERVATION_ACCEPTED] - [RESERVATION_QUARANTINED]"
                " + [CUSTOMER_RECEIVED] - [CUSTOMER_ACCEPTED] - [CUSTOMER_QUARANTINED])"
            ),
        ),
    ),
)

SOURCES = (SERVICES, FUNNEL, CHANNELS, LEAD, LEDGER)

# The same colour for the same thing on every sheet. Other values, a fourth restaurant say, get Tableau's own.
COLORS = {
    "PLATFORM": {"opentable": "#b4413c", "thefork": "#2f6b57"},
    "STATE": {"loaded": "#8fb8a8", "not stable": "#e0a030", "refused": "#b4413c"},
}

TONIGHT, WEEK = Between("DAYS_AHEAD", 0, 0), Between("DAYS_AHEAD", 0, 6)
LAST_EVENING, FOUR_WEEKS = Between("DAYS_AHEAD", -1, -1), Between("DAYS_AHEAD", -28, -1)

OPERATIONS = Dashboard(
    "Operations",
    (
        "Tonight is the day after the newest one that was read, by the date of the restaurant: with a read every morning that is "
        "today. The dates say which evenings these are."
    ),
    (
        (
            Sheet(
                "Expected tonight",
                SERVICES,
                "Bar",
                rows=(by("RESTAURANT"),),
                cols=(by("SERVICE_DATE"), total("EXPECTED_COVERS")),
                color=by("PLATFORM"),
                label=total("EXPECTED_COVERS"),
                only=(TONIGHT,),
            ),
            Sheet(
                "Expected this week",
                SERVICES,
                "Bar",
                rows=(total("EXPECTED_COVERS"),),
                cols=(by("SERVICE_DATE"),),
                color=by("RESTAURANT"),
                label=total("EXPECTED_COVERS"),
                only=(WEEK,),
            ),
        ),
        (
            Sheet(
                "How last evening's bookings ended",
                FUNNEL,
                "Bar",
                rows=(by("STEP"),),
                cols=(by("SERVICE_DATE"), total("RESERVATIONS")),
                color=by("RESTAURANT"),
                label=total("RESERVATIONS"),
                only=(LAST_EVENING,),
                sort=(by("STEP"), smallest("STEP_NUMBER"), "ASC"),
            ),
            Sheet(
                "No-shows last evening",
                SERVICES,
                "Bar",
                rows=(by("RESTAURANT"),),
                cols=(by("SERVICE_DATE"), total("NO_SHOWS")),
                color=by("PLATFORM"),
                label=total("NO_SHOWS"),
                only=(LAST_EVENING,),
            ),
        ),
    ),
)

PERFORMANCE = Dashboard(
    "Performance",
    (
        "The last four weeks, last evening included. Covers are guests who sat down. Each amount is in its own currency, and no "
        "two currencies are added."
    ),
    (
        (
            Sheet(
                "Covers by evening",
                SERVICES,
                "Line",
                rows=(total("COVERS"),),
                cols=(along("SERVICE_DATE"),),
                color=by("RESTAURANT"),
                only=(FOUR_WEEKS,),
            ),
            Sheet(
                "No-show rate",
                SERVICES,
                "Bar",
                rows=(by("RESTAURANT"), by("PLATFORM")),
                cols=(ratio("NO_SHOW_RATE"),),
                color=by("PLATFORM"),
                label=ratio("NO_SHOW_RATE"),
                only=(FOUR_WEEKS,),
            ),
        ),
        (
            Sheet(
                "Where bookings come from",
                CHANNELS,
                "Bar",
                rows=(by("CHANNEL"),),
                cols=(total("RESERVATIONS"),),
                color=by("PLATFORM"),
                label=total("RESERVATIONS"),
                only=(FOUR_WEEKS,),
                sort=(by("CHANNEL"), total("RESERVATIONS"), "DESC"),
            ),
            Sheet(
                "How far ahead people book",
                LEAD,
                "Bar",
                rows=(total("RESERVATIONS"),),
                cols=(by("LEAD_DAYS"),),
                color=by("PLATFORM"),
                only=(FOUR_WEEKS, Between("LEAD_DAYS", 0, 30)),
            ),
            Sheet(
                "Spend by currency",
                SERVICES,
                "Text",
                rows=(by("CURRENCY"), by("RESTAURANT")),
                cols=(by("PLATFORM"),),
                label=total("SPEND_TOTAL"),
                only=(FOUR_WEEKS,),
            ),
        ),
    ),
)

# A reading that does not read a day has no DAYS_OLD. What was reconciled is on no sheet: else a source that stopped would look
# newer than it is.
FOUR_WEEKS_OF_DAYS = Between("DAYS_OLD", 0, 27)

HEALTH = Dashboard(
    "Data health",
    (
        "What was read and loaded, by the ledger, without what was reconciled. A source without a square on a day has not been "
        "loaded for it. Everything received is accepted or in quarantine: what is not accounted for must be 0."
    ),
    (
        (
            Sheet(
                "Newest day of each source",
                LEDGER,
                "Bar",
                rows=(by("SOURCE"), newest("DAY"), newest("LOADED_AT")),
                cols=(smallest("DAYS_OLD"),),
                label=smallest("DAYS_OLD"),
                only=(Known("DAYS_OLD"),),
            ),
            Sheet(
                "Days loaded",
                LEDGER,
                "Square",
                rows=(by("SOURCE"),),
                cols=(by("DAY"),),
                color=by("STATE"),
                only=(FOUR_WEEKS_OF_DAYS,),
            ),
        ),
        (
            Sheet(
                "Received, and what became of it",
                LEDGER,
                "Text",
                rows=(
                    by("SOURCE"),
                    header_total("RESERVATION_RECEIVED"),
                    header_total("RESERVATION_ACCEPTED"),
                    header_total("RESERVATION_QUARANTINED"),
                    header_total("RESERVATION_LANDED"),
                    header_total("CUSTOMER_RECEIVED"),
                    header_total("CUSTOMER_LANDED"),
                ),
                label=ratio("UNACCOUNTED"),
                only=(FOUR_WEEKS_OF_DAYS,),
            ),
            Sheet(
                "Share in quarantine",
                LEDGER,
                "Bar",
                rows=(by("SOURCE"),),
                cols=(ratio("QUARANTINED_SHARE"),),
                label=ratio("QUARANTINED_SHARE"),
                only=(FOUR_WEEKS_OF_DAYS,),
            ),
        ),
    ),
)

DASHBOARDS = (OPERATIONS, PERFORMANCE, HEALTH)
