"""What a project tells of its containers: the one object from which all else follows.

    CONTRACT = Contract(name="parcels")
    step = CONTRACT.step

Then `step("sort", "sort", ["--day", "{{ ds }}"])` in a DAG file is a task that runs the image parcels/sort:latest, as the section
[parcels] of Airflow's configuration says. A contract is made once, in a module of the project's own beside its DAG files. It
registers nowhere: several live in one Airflow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from container_steps.settings import Setting, Settings, runtime_settings

if TYPE_CHECKING:
    from container_steps.credentials import Credential
    from container_steps.operator import StepOperator

RESULT_SCHEMA: Mapping[str, Any] = json.loads(Path(__file__).with_name("result.schema.json").read_text(encoding="utf-8"))
"""The schema of a result where a project has none of its own: README.md, "Result"."""

FINAL = frozenset({64, 65, 77})
"""Exit codes that another try does not change: wrong usage, data refused, not authorised."""

ASSET_EXTRA = ("status", "step", "version", "counts")


@dataclass(frozen=True)
class Zone:
    """Where the keys of a result lie: below a URL, which is the flag's value in the step's arguments, else the variable's."""

    variable: str
    flag: str = ""


@dataclass(frozen=True)
class Lineage:
    """What OpenLineage is told of a step.

    :param reads: where its result's `inputs` lie
    :param writes: where its result's `outputs` lie
    :param tables: what it writes in the warehouse whose URL is that of `warehouse`, as run without a verb
    """

    reads: Zone | None = None
    writes: Zone | None = None
    warehouse: Zone | None = None
    tables: Sequence[str] = ()


@dataclass(frozen=True)
class ConfigMap:
    """A config map of the cluster that every pod gets as a folder.

    :param setting: the setting that names it; where that is empty there is none
    :param folder: where its files are, as the step sees them
    :param variables: what tells the step of it; a DAG and the setting `environment` may say otherwise
    """

    setting: str
    folder: str
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def volume(self) -> str:
        """The name of its volume."""
        return self.setting.removeprefix("kubernetes_").replace("_", "-")


def _no_credentials(_step: str, _settings: Settings) -> Iterable[Credential]:
    return ()


@dataclass(frozen=True, eq=False)
class Contract:
    """A project's own part of what runs its containers. Only the name must be told.

    :param name: lower-case letters, digits and _: the section of Airflow's configuration, the prefix of labels and pods' names,
        and the name of the logger whose children are the steps
    :param own_settings: the project's settings, beside those of the runtimes; one of the same name has another default
    :param credentials: which credentials a step gets, beside those that a DAG file names; it must touch no connection
    :param result_schema: JSON Schema (2020-12) of the line that a step writes on stdout last; stricter than the one here, never
        without its `status` and `error`
    :param final: exit codes that another try does not change; any other but 0 is tried again as often as the task's retries say
    :param meanings: what further exit codes mean, as an error calls them
    :param asset_extra: which keys of a result go into the events of its assets; `details.page` is the key page of its details
    :param lineage: what OpenLineage is told of a step, by its name
    :param dataset: makes of a key the name of the dataset that it belongs to, for OpenLineage; as it is, each key is one, and
        where keys hold a day no dataset lives longer
    :param config_maps: what pods get as files
    """

    name: str
    own_settings: Sequence[Setting] = ()
    credentials: Callable[[str, Settings], Iterable[Credential]] = _no_credentials
    result_schema: Mapping[str, Any] = field(default_factory=lambda: RESULT_SCHEMA)
    final: frozenset[int] = FINAL
    meanings: Mapping[int, str] = field(default_factory=dict)
    asset_extra: Sequence[str] = ASSET_EXTRA
    lineage: Mapping[str, Lineage] = field(default_factory=dict)
    dataset: Callable[[str], str] = str
    config_maps: Sequence[ConfigMap] = ()

    def __post_init__(self) -> None:
        """Refuse what would fail later and elsewhere: ValueError."""
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", self.name):
            raise ValueError(f"a contract's name is 1 to 30 lower-case letters, digits and _, a letter first: not {self.name!r}")
        if wrong := sorted(code for code in self.final if not 0 < code < 256):
            raise ValueError(f"contract {self.name}: {wrong} cannot be final, since exit codes are 1 to 255")
        known = {setting.name for setting in self.settings.table}
        if missing := sorted(c.setting for c in self.config_maps if c.setting not in known):
            raise ValueError(f"contract {self.name}: config maps name settings that are not there: {', '.join(missing)}")

    def __deepcopy__(self, _: Any) -> Self:
        """Return the contract itself, which never changes: Airflow copies operators when it maps or tests them."""
        return self

    @cached_property
    def settings(self) -> Settings:
        """The settings of the runtimes and of the project, as Airflow's configuration has them now."""
        return Settings(self.name, runtime_settings(self.name), self.own_settings)

    @cached_property
    def result_validator(self) -> Any:
        """What holds a result against the schema."""
        from jsonschema import Draft202012Validator  # not needed to parse a DAG

        return Draft202012Validator(self.result_schema)

    def label(self, key: Literal["deployment", "dag", "task", "run", "map_index", "try", "digest"]) -> str:
        """Return the name of a container's or pod's label."""
        return f"{self.name}.{key}"

    def logger(self, step: str) -> str:
        """Return the name of a step's logger."""
        return f"{self.name}.{step}"

    def step(
        self,
        task_id: str,
        name: str,
        arguments: Sequence[Any] = (),
        *,
        credentials: Sequence[Credential] = (),
        environment: Mapping[str, Any] | None = None,
        **operator_kwargs: Any,
    ) -> StepOperator:
        """Make an operator of the configured runtime that runs a step.

        :param name: the step's name, from which the settings make its image's
        :param arguments: flags, values and verbs, each an element (templated; values of a mapped task group may stand here)
        :param credentials: connections that are read when the task executes, beside those that the contract gives to the step
        :param environment: further variables, none of them secret (templated)
        :param operator_kwargs: what every operator takes: outlets, pool, retries, execution_timeout, trigger_rule …
        """
        from container_steps.operator import StepOperator

        return StepOperator(
            task_id=task_id,
            contract=self,
            step=name,
            arguments=arguments,
            environment=environment,
            credential_list=[*credentials, *self.credentials(name, self.settings)],
            **operator_kwargs,
        )
