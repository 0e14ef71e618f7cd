"""Days as `demo` brings them into a DuckDB file, for others to be held against."""

from __future__ import annotations

import subprocess
from pathlib import Path

MARTS = ["daily_service", "status_funnel", "channel_mix", "lead_time", "guest_return"]


def demo(bin_folder: Path, folder: Path, days: list[str], records: str, restaurants: Path) -> Path:
    """Let demo run consecutive days of the simulated platforms, and return its warehouse.

    All days are made before one is read: a reading of OpenTable also holds what changed later.
    """
    for day in days:
        subprocess.run(
            [
                bin_folder / "generate",
                "--day",
                day,
                "--out",
                f"file://{folder}/lake/simulator",
                "--records",
                records,
                "--restaurants",
                restaurants,
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    subprocess.run(
        [
            bin_folder / "demo",
            "--days",
            f"{days[0]}..{days[-1]}",
            "--dir",
            folder,
            "--records",
            records,
            "--restaurants",
            restaurants,
            "--bin",
            bin_folder,
        ],
        check=True,
        capture_output=True,
        timeout=600,
    )
    return folder / "covers.duckdb"
