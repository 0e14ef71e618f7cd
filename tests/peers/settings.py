"""What the peers are told of a restaurant, and the vocabulary that they map to.

The words stand in tasks/internal/opentable/map.go and tasks/internal/thefork/map.go: a peer that maps otherwise gives other
rows, and the run says so.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Place:
    """A restaurant, as restaurants.yaml has it: uuid is its id at TheFork, rid the one at OpenTable."""

    restaurant: int
    rid: int
    uuid: str
    zone: str
    currency: str


LONDON = Place(101, 1001, "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101", "Europe/London", "GBP")
MAX_PARTY = 1000  # the largest party that the contract accepts

# OpenTable's states by the vocabulary's word.
OPENTABLE_STATUSES = {
    state: status
    for status, states in {
        "booked": ["NotConfirmed", "LeftMessage", "WrongNumber", "NoAnswer", "Late", "Confirmed"],
        "arrived": ["PartiallyArrived", "AllArrived"],
        "seated": [
            *["PartiallySeated", "Seated", "Appetizer", "Entree", "Dessert", "Cleared", "CheckDropped", "Paid", "BusTable"],
            "AssumedSeated",
        ],
        "completed": ["Done", "AssumedDone"],
        "cancelled": ["Cancelled"],
        "no_show": ["NoShow"],
    }.items()
    for state in states
}
OPENTABLE_CHANNELS = {"Web": "web", "Phone": "phone", "Walk-in": "walk_in"}
TABLE_CATEGORIES = ["hightop", "bar", "counter", "outdoor"]

# TheFork's statuses; beside RECORDED the meal's status counts, and stands behind a slash.
THEFORK_STATUSES = {
    "REQUESTED": "requested",
    "RECORDED": "booked",
    "REFUSED": "declined",
    "CANCELED": "cancelled",
    "NO_SHOW": "no_show",
    "RECORDED/PARTIALLY_ARRIVED": "arrived",
    "RECORDED/ARRIVED": "arrived",
    "RECORDED/SEATED": "seated",
    "RECORDED/BILL": "seated",
    "RECORDED/LEFT": "completed",
}
THEFORK_CHANNELS = {
    "TripAdvisor": "tripadvisor",
    "Michelin": "michelin",
    "Booking Module": "booking_module",
    "Offline": "offline",
    "TheFork": "thefork",
    "Walk-in": "walk_in",
    "Google": "google",
    "Cross Sell": "cross_sell",
    "TheFork Manager API": "api",
}
OFFER_TYPES = ["promotion", "presetMenu"]
