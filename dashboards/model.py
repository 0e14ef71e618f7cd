"""The words in which content.py describes the workbook: sources, fields, sheets, dashboards. Nothing here knows XML."""

from dataclasses import dataclass

# What a field's values are, in Tableau's words, by the type that the warehouse declares.
DATATYPES = {
    "BIGINT": "integer",
    "DECIMAL(18,4)": "real",
    "DECIMAL(38,4)": "real",
    "VARCHAR": "string",
    "DATE": "date",
    "DATETIME": "datetime",
    "BOOLEAN": "boolean",
}


@dataclass(frozen=True)
class Field:
    """A column of a view, or with a formula a calculation of Tableau's."""

    name: str  # as Snowflake keeps it, in capitals
    type: str  # a key of DATATYPES
    caption: str
    measure: bool = False
    format: str = ""  # Tableau's default-format
    formula: str = ""
    view: str = "m"  # which of the source's two views has it: m the mart, e the evenings

    @property
    def datatype(self) -> str:
        return DATATYPES[self.type]

    @property
    def kind(self) -> str:
        """nominal, ordinal or quantitative, as Tableau sees the field before anything is done with it."""
        if self.measure:
            return "quantitative"
        return "nominal" if self.type in ("VARCHAR", "BOOLEAN") else "ordinal"


@dataclass(frozen=True)
class Source:
    """A data source: a mart, joined with the evenings where it has a restaurant and a date."""

    id: str
    caption: str
    mart: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)

    @property
    def columns(self) -> list[Field]:
        return [f for f in self.fields if not f.formula]

    @property
    def sql(self) -> str:
        """The query, without database and schema: the connection says them."""
        columns = ", ".join(f"{f.view}.{f.name}" for f in self.columns)
        query = f"SELECT {columns} FROM {self.mart} m"
        if any(f.view == "e" for f in self.columns):
            query += " LEFT JOIN EVENINGS e ON e.RESTAURANT_ID = m.RESTAURANT_ID AND e.SERVICE_DATE = m.SERVICE_DATE"
        return query


@dataclass(frozen=True)
class Pill:
    """A field as a sheet uses it. derivation is Tableau's: None, Sum, Min, Max, or User where a formula aggregates by itself."""

    field: str
    derivation: str = "None"
    continuous: bool = False

    def type(self, source: Source) -> str:
        if self.continuous:
            return "quantitative"
        kind = source.field(self.field).kind
        return "ordinal" if kind == "quantitative" else kind

    def instance(self, source: Source) -> str:
        prefix = {"User": "usr"}.get(self.derivation, self.derivation.lower())
        return f"[{prefix}:{self.field}:{self.type(source)[0]}k]"


def by(field: str) -> Pill:
    """Return one header, row or colour for each value."""
    return Pill(field)


def along(field: str) -> Pill:
    """Return an axis of the values."""
    return Pill(field, continuous=True)


def total(field: str) -> Pill:
    return Pill(field, "Sum", True)


def newest(field: str) -> Pill:
    return Pill(field, "Max")


def smallest(field: str) -> Pill:
    return Pill(field, "Min", True)


def header_total(field: str) -> Pill:
    """Return a sum that stands in a column of its own, as text."""
    return Pill(field, "Sum")


def ratio(field: str) -> Pill:
    return Pill(field, "User", True)


@dataclass(frozen=True)
class Between:
    field: str
    low: int
    high: int


@dataclass(frozen=True)
class Known:
    """Leaves out the rows without a value; Between leaves them out, too."""

    field: str


@dataclass(frozen=True)
class Sheet:
    name: str
    source: Source
    mark: str  # Bar, Line, Text or Square
    rows: tuple[Pill, ...] = ()
    cols: tuple[Pill, ...] = ()
    color: Pill | None = None
    label: Pill | None = None
    only: tuple[Between | Known, ...] = ()
    sort: tuple[Pill, Pill, str] | None = None  # what, by what, ASC or DESC

    @property
    def pills(self) -> list[Pill]:
        """Every use of a field, each once, in a fixed order."""
        used = [*self.rows, *self.cols, *(p for p in (self.color, self.label) if p), *(along(o.field) for o in self.only)]
        return list(dict.fromkeys([*used, *(self.sort[:2] if self.sort else ())]))


@dataclass(frozen=True)
class Dashboard:
    name: str
    text: str
    rows: tuple[tuple[Sheet, ...], ...]

    @property
    def sheets(self) -> list[Sheet]:
        return [s for row in self.rows for s in row]
