"""What the package's page says is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from container_steps import Contract

PACKAGE = Path(__file__).parents[1]
README = (PACKAGE / "README.md").read_text(encoding="utf-8")


def test_the_settings_have_the_defaults_that_stand_there() -> None:
    defaults = {setting.name: setting.default for setting in Contract(name="parcels").settings.table}
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (.*?) \|", README, re.MULTILINE)
    assert len(rows) > 5
    for names, told in rows:
        values = dict(zip(re.findall(r"\w+", names), re.findall(r"`([^`]+)`", told), strict=False))
        assert set(re.findall(r"\w+", names)) <= defaults.keys()
        assert {name: value for name, value in values.items() if value != defaults[name] and value not in defaults} == {}


def test_the_project_of_ones_own_is_a_dag() -> None:
    (text,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    names: dict[str, Any] = {"DAG": DAG}
    exec(text, names)
    sort = names["sort"]
    assert (sort.dag_id, sort.task_id, sort.step, sort.arguments) == ("parcels", "sort", "sort", ["--day", "{{ ds }}"])
    assert [credential.connection for credential in sort.credential_list] == ["parcels_db"]


@pytest.mark.parametrize("page", ["README.md", "docs/contract.md"])
def test_what_a_page_links_to_is_there(page: str) -> None:
    path = PACKAGE / page
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith("https:")]
    assert local
    assert not [link for link in local if not (path.parent / link).exists()]
