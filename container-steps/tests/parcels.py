"""The contract that the tests use, of a project that nobody has: it sorts parcels."""

from __future__ import annotations

from collections.abc import Iterator

from container_steps import ConfigMap, Contract, Credential, Lineage, Setting, Settings, Zone, aws, from_connection

DEPOT = Zone("PARCELS_DEPOT", "--depot")
VANS = Zone("PARCELS_VANS", "--vans")
BOOKS = Zone("PARCELS_BOOKS", "--books")

shop = from_connection("parcels_shop", login="PARCELS_SHOP_ID", password="PARCELS_SHOP_SECRET")


def of_step(step: str, settings: Settings) -> Iterator[Credential]:
    """Yield the depot's credential to every step where the settings name one, and a stamp's to one step."""
    if connection := settings.get("depot_connection"):
        yield aws(connection)
    if step == "stamp":
        yield from_connection("parcels_stamp", password="PARCELS_STAMP")


CONTRACT = Contract(
    name="parcels",
    own_settings=[
        Setting("depot", "", "URL of the depot", variable="PARCELS_DEPOT"),
        Setting("vans", "", "URL of the vans", by_step=True, variable="PARCELS_VANS"),
        Setting("depot_connection", "", "connection of the depot"),
        Setting("kubernetes_routes", "", "config map of the routes; empty: none"),
    ],
    credentials=of_step,
    final=frozenset({64, 65, 77, 99}),
    meanings={99: "the parcel is lost"},
    asset_extra=["status", "step", "version", "counts", "details.route"],
    lineage={
        "extract": Lineage(writes=DEPOT),
        "sort": Lineage(reads=DEPOT, writes=VANS),
        "book": Lineage(reads=VANS, warehouse=BOOKS, tables=["PARCELS", "VANS"]),
    },
    config_maps=[ConfigMap("kubernetes_routes", "/etc/parcels", {"PARCELS_ROUTES": "/etc/parcels/routes.yaml"})],
)
step = CONTRACT.step
