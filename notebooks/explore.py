# %% [markdown]
# # Exploring the reservations
#
# A restaurant group's bookings from OpenTable and TheFork, as the warehouse has them. The same cells run on the demo's DuckDB
# file and on Snowflake. `COVERS_WAREHOUSE` says which, in the environment in which Jupyter was started:
#
# - the demo: `duckdb:///path/to/demo/covers.duckdb`, without signing in;
# - Snowflake: `snowflake://YOU@ORGANIZATION-ACCOUNT/COVERS/MAIN?warehouse=COVERS_BI_WH&role=COVERS_ANALYST`. Set nothing else for
#   your browser's sign-in, or `COVERS_SNOWFLAKE_PRIVATE_KEY_FILE` or `COVERS_SNOWFLAKE_PASSWORD`.
#
# Only views are read, so the role `COVERS_ANALYST` is enough. Nothing here shows a guest: names, addresses and numbers never
# reach the warehouse. *Covers* are guests who sat down.

# %%
import datetime

import matplotlib.pyplot as plt
import pandas
from IPython.display import Markdown, display
from matplotlib.ticker import MaxNLocator, PercentFormatter

from warehouse import connect

warehouse = connect()
ask = warehouse.ask

PLATFORMS = {"opentable": "#b4413c", "thefork": "#2f6b57"}
RESTAURANTS = ["#33516e", "#c98b3a", "#7a9a8c", "#8c5a7b", "#a3a3a3"]
plt.rcParams.update(
    {
        "figure.figsize": (10, 4),
        "figure.dpi": 110,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.color": "#e6e6e6",
        "axes.axisbelow": True,
        "legend.frameon": False,
    }
)

# %% [markdown]
# ## What is here
#
# `daily_service` has a row for each restaurant, evening, platform and currency. `evenings` says how far ahead an evening is,
# counted from the data and not from your clock: a day is read once it is over, so the day after the newest one that was read is
# *tonight*, 0.

# %%
overview = ask("""
SELECT restaurant, currency, SUM(reservations) AS bookings, SUM(covers) AS covers,
  SUM(expected_covers) - SUM(covers) AS still_expected,
  MIN(service_date) AS first_evening, MAX(service_date) AS last_evening
FROM daily_service GROUP BY restaurant, currency ORDER BY restaurant
""")
known = ask("SELECT service_date, days_ahead FROM evenings WHERE days_ahead IS NOT NULL LIMIT 1")
if known.empty:
    raise SystemExit("nothing is loaded yet: load a day first")
tonight = known.service_date[0] - datetime.timedelta(days=int(known.days_ahead[0]))
display(Markdown(f"Read from **{warehouse.name}**. Tonight is **{tonight:%A, %d %B %Y}**."), overview)

# %% [markdown]
# ## Is it complete?
#
# The ledger has a row for each reading that was loaded. Everything received is either accepted or in quarantine (refused, with
# a reason), and everything accepted has landed unless its whole reading was refused. The last two columns must be 0. The newest
# day is of the readings of whole days: `days_old` is null for a reconcile, which asks for single bookings.

# %%
ledger = ask("""
SELECT source, MAX(CASE WHEN days_old IS NOT NULL THEN day END) AS newest_day, MIN(days_old) AS days_behind, COUNT(*) AS readings,
  SUM(reservation_received) AS received, SUM(reservation_landed) AS landed, SUM(reservation_quarantined) AS in_quarantine,
  SUM(reservation_received - reservation_accepted - reservation_quarantined) AS unaccounted,
  SUM(CASE WHEN refused THEN 0 ELSE reservation_accepted - reservation_landed END) AS not_landed
FROM ledger GROUP BY source ORDER BY source
""")
ledger

# %% [markdown]
# ## Now, and how it came to be
#
# Every mart shows each booking **once, as it is now**. A booking changes: it is made, confirmed, moved, seated, paid.
# `reservation_versions` keeps each content it was ever read with, oldest first; one of them is current. So a count over versions
# is a count of *changes*, never of bookings.

# %%
history = ask("""
SELECT platform, COUNT(*) AS versions, SUM(CASE WHEN is_current THEN 1 ELSE 0 END) AS bookings, SUM(observations) AS times_read
FROM reservation_versions GROUP BY platform ORDER BY platform
""")
busiest = ask("""
SELECT version, is_current, status, party_size, scheduled_local, updated_at, observations FROM reservation_versions
WHERE (platform, reservation_id) IN (
  SELECT platform, reservation_id FROM reservation_versions
  GROUP BY platform, reservation_id ORDER BY COUNT(*) DESC, platform, reservation_id LIMIT 1)
ORDER BY version
""")
display(history, Markdown("The booking that changed most:"), busiest)

# %% [markdown]
# ## Covers by evening
#
# Pale is what is still expected. Left of tonight that is what the platform had not closed when the day was read: a day is one of
# UTC, which ends in the middle of New York's dinner. The demo has read three days, so of the other evenings it knows only the
# bookings that changed on those.

# %%
evenings = ask("""
SELECT e.service_date, e.days_ahead, e.restaurant, SUM(s.covers) AS covers, SUM(s.expected_covers) AS expected
FROM daily_service s JOIN evenings e ON e.restaurant_id = s.restaurant_id AND e.service_date = s.service_date
WHERE e.days_ahead BETWEEN -14 AND 6
GROUP BY e.service_date, e.days_ahead, e.restaurant ORDER BY e.service_date, e.restaurant
""")
covers = evenings.pivot_table(index="service_date", columns="restaurant", values="covers", aggfunc="sum", fill_value=0).astype(
    float
)
expected = evenings.pivot_table(
    index="service_date", columns="restaurant", values="expected", aggfunc="sum", fill_value=0
).astype(float)

figure, axes = plt.subplots()
x = pandas.Series(range(len(covers)), index=covers.index)
width = 0.8 / len(covers.columns)
for n, name in enumerate(covers.columns):
    at = x + (n - (len(covers.columns) - 1) / 2) * width
    color = RESTAURANTS[n % len(RESTAURANTS)]
    axes.bar(at, expected[name], width, color=color, alpha=0.3)
    axes.bar(at, covers[name], width, color=color, label=name)
if tonight in x.index:
    axes.axvline(x[tonight] - 0.5, color="#555555", linewidth=1, linestyle=":")
    axes.annotate("tonight", (x[tonight] - 0.42, axes.get_ylim()[1] * 0.94), color="#555555")
axes.set_xticks(x, [f"{day:%a}\n{day.day} {day:%b}" for day in x.index], fontsize=8)
axes.grid(axis="x", visible=False)
axes.set_title("Covers by evening, and what is still expected")
axes.legend(loc="upper left")
plt.show()

# %% [markdown]
# ## No-shows
#
# The rate is of the parties that **were to come**: no-shows over no-shows and those who arrived. Whoever cancelled is no part of
# it, nor is a booking whose evening is still ahead.

# %%
no_shows = ask("""
SELECT s.restaurant, s.platform, SUM(s.no_shows) AS no_shows, SUM(s.no_shows + s.arrived + s.seated + s.completed) AS due,
  SUM(s.cancelled) AS cancelled
FROM daily_service s JOIN evenings e ON e.restaurant_id = s.restaurant_id AND e.service_date = s.service_date
WHERE e.days_ahead < 0
GROUP BY s.restaurant, s.platform ORDER BY s.restaurant, s.platform
""")
no_shows["rate"] = no_shows.no_shows.astype(float) / no_shows.due.astype(float)

figure, axes = plt.subplots(figsize=(10, 3.2))
rates = no_shows.pivot(index="restaurant", columns="platform", values="rate")
rates.plot.barh(ax=axes, color=PLATFORMS, width=0.7)
for bars in axes.containers:
    axes.bar_label(bars, fmt=lambda v: f"{v:.1%}", padding=3, color="#444444")
axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=1))
axes.grid(axis="y", visible=False)
axes.set(title="No-shows, of the parties that were to come", ylabel="", xlabel="")
axes.invert_yaxis()
axes.legend(title="", loc="upper left", bbox_to_anchor=(1, 1))
plt.show()
no_shows

# %% [markdown]
# ## How far ahead people book
#
# In days of the restaurant's own calendar: 0 is the same day. Beware of a warehouse with few days in it: it knows of bookings
# that were made or changed on the days read, so those made long ahead and never touched since are missing.

# %%
lead = ask("""
SELECT platform, lead_days, SUM(reservations) AS bookings FROM lead_time
WHERE lead_days IS NOT NULL GROUP BY platform, lead_days ORDER BY platform, lead_days
""")
share = lead.pivot_table(index="lead_days", columns="platform", values="bookings", aggfunc="sum", fill_value=0).astype(float)
share = (share / share.sum()).cumsum()
same_day = share.loc[:0].tail(1)

figure, axes = plt.subplots()
for platform in share.columns:
    axes.step(share.index, share[platform], where="post", color=PLATFORMS[platform], linewidth=2, label=platform)
axes.set(title="Share of bookings made at most so many days ahead", xlabel="days ahead", xlim=(0, 45), ylim=(0, 1))
axes.xaxis.set_major_locator(MaxNLocator(integer=True))
axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
axes.legend(loc="lower right")
plt.show()
display(Markdown("Made for the same day:"), same_day)

# %% [markdown]
# ## Where bookings come from

# %%
channels = ask("""
SELECT channel, platform, SUM(reservations) AS bookings FROM channel_mix GROUP BY channel, platform ORDER BY channel, platform
""")
mix = channels.pivot_table(index="channel", columns="platform", values="bookings", aggfunc="sum", fill_value=0).astype(float)
mix = mix.loc[mix.sum(axis=1).sort_values().index]

figure, axes = plt.subplots()
mix.plot.barh(stacked=True, ax=axes, color=PLATFORMS, width=0.7)
axes.grid(axis="y", visible=False)
axes.grid(axis="x", visible=True)
axes.set(title="Bookings by channel", ylabel="")
axes.legend(title="", loc="lower right")
plt.show()

# %% [markdown]
# ## Spend
#
# Amounts are in each restaurant's own currency. **No two currencies are ever added**: every query groups by `currency`, and each
# chart has an axis of its own. `payments` has one row for each bill. (That a bill in the demo's London is twice as high with
# OpenTable as with TheFork comes from the figures that the two published; `docs/habits.md` names them.)

# %%
bills = ask("""
SELECT p.currency, e.restaurant, p.platform, COUNT(*) AS bills, CAST(SUM(p.amount) AS DECIMAL(18,4)) AS total,
  AVG(p.amount) AS average
FROM payments p JOIN evenings e ON e.restaurant_id = p.restaurant_id AND e.service_date = p.service_date
WHERE p.kind = 'spend' AND p.amount IS NOT NULL
GROUP BY p.currency, e.restaurant, p.platform ORDER BY p.currency, e.restaurant, p.platform
""")
currencies = sorted(bills.currency.unique())
figure, panels = plt.subplots(1, len(currencies), figsize=(10, 3.4), squeeze=False)
for axes, currency in zip(panels[0], currencies, strict=True):
    own = bills[bills.currency == currency].pivot(index="restaurant", columns="platform", values="average").astype(float)
    own.plot.bar(ax=axes, color=PLATFORMS, width=0.6, legend=False, rot=0)
    for bars in axes.containers:
        axes.bar_label(bars, fmt="%.0f", padding=2, color="#444444")
    axes.margins(y=0.12)
    axes.grid(axis="x", visible=False)
    axes.set(title=currency, xlabel="")
figure.suptitle("Average bill, each currency on an axis of its own", x=0.012, ha="left", weight="bold")
figure.legend(*panels[0][0].get_legend_handles_labels(), loc="upper right", ncols=2)
figure.tight_layout()
plt.show()
bills

# %% [markdown]
# ## Where does a number come from?
#
# Every row goes back to an answer of the platform. Take a booking, say that with the highest bill of the first restaurant, and
# follow it in a terminal with the settings of whoever runs the steps (`. demo/env.sh` for the demo): `load explain` shows each
# observation of it, the ledger entry, the manifests, its place in raw, and the platform's own id of the request.

# %%
highest = ask("""
SELECT platform, reservation_id, currency, amount FROM payments
WHERE kind = 'spend' AND amount IS NOT NULL ORDER BY restaurant_id, amount DESC, platform, reservation_id LIMIT 1
""").iloc[0]
command = f"bin/load explain --platform {highest.platform} --reservation {highest.reservation_id}"
display(Markdown(f"A bill of {highest.amount:.2f} {highest.currency}:\n\n```\n{command}\n```"))
