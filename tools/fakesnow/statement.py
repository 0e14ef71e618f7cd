"""What a statement does and to which relations: read once from sqlglot's tree, for rights, locks and reads alike."""

import dataclasses
import enum
import functools

from fakesnow.dialect import parse_one
from sqlglot import exp

Name = tuple[str, str, str]  # database, schema, name, in upper case; "" where the statement leaves it out


class Kind(enum.Enum):
    """The kinds that transactions and rights tell apart. TRUNCATE is DML: docs.snowflake.com/en/sql-reference/transactions."""

    QUERY = "query"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    MERGE = "merge"
    TRUNCATE = "truncate"
    COPY = "copy"
    CREATE = "create"
    ALTER = "alter"
    DROP = "drop"
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    SESSION = "alter session"
    USE = "use"
    OTHER = "other"


WRITES = {Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.MERGE, Kind.TRUNCATE, Kind.COPY}
DDL = {Kind.CREATE, Kind.ALTER, Kind.DROP}

KINDS: dict[type[exp.Expr], Kind] = {
    exp.Insert: Kind.INSERT,
    exp.Update: Kind.UPDATE,
    exp.Delete: Kind.DELETE,
    exp.Merge: Kind.MERGE,
    exp.TruncateTable: Kind.TRUNCATE,
    exp.Copy: Kind.COPY,
    exp.Create: Kind.CREATE,
    exp.Alter: Kind.ALTER,
    exp.Comment: Kind.ALTER,
    exp.Drop: Kind.DROP,
    exp.Transaction: Kind.BEGIN,
    exp.Commit: Kind.COMMIT,
    exp.Rollback: Kind.ROLLBACK,
    exp.Use: Kind.USE,
}


@dataclasses.dataclass(frozen=True)
class Statement:
    sql: str
    tree: exp.Expr
    kind: Kind
    target: Name | None = None  # what is written, made or dropped
    made: str = ""  # the kind of object of DDL: TABLE, VIEW, STAGE
    temporary: bool = False
    replaces: bool = False
    reads: tuple[Name, ...] = ()
    stages: tuple[Name, ...] = ()
    integration: str = ""


def name_of(table: exp.Table) -> Name:
    return (table.catalog.upper(), table.db.upper(), table.name.upper())


def stage_of(text: str) -> Name:
    """Read @database.schema.stage/path."""
    parts = text.lstrip("@").split("/")[0].upper().split(".")
    return ("", "", *parts)[-3:] if len(parts) < 3 else (parts[0], parts[1], parts[2])  # type: ignore[return-value]


def target_of(tree: exp.Expr) -> exp.Table | None:
    if isinstance(tree, (exp.Drop, exp.TruncateTable)):
        tables = tree.args.get("tables") or tree.expressions
        return tables[0] if tables and isinstance(tables[0], exp.Table) else tree.find(exp.Table)
    this = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    return this if isinstance(this, exp.Table) else None


def property_of(tree: exp.Expr, name: str) -> str:
    for p in tree.find_all(exp.Property):
        if p.name.upper() == name and p.args.get("value") is not None:
            return str(p.args["value"].name).upper()
    return ""


@functools.lru_cache(maxsize=4096)
def read(sql: str) -> Statement:
    """Read a statement. One that does not parse fails as fakesnow itself would fail it."""
    tree = parse_one(sql)
    kind = Kind.QUERY if isinstance(tree, exp.Query) else KINDS.get(type(tree), Kind.OTHER)
    if kind is Kind.ALTER and str(tree.args.get("kind")).upper() == "SESSION":
        return Statement(sql, tree, Kind.SESSION)
    if kind in (Kind.OTHER, Kind.BEGIN, Kind.COMMIT, Kind.ROLLBACK, Kind.USE):
        return Statement(sql, tree, kind)
    target = target_of(tree) if kind is not Kind.QUERY else None
    shadowed = {c.alias_or_name.upper() for c in tree.find_all(exp.CTE)}
    reads, stages = [], []
    for t in tree.find_all(exp.Table):
        if t is target:
            continue
        text = t.this.sql() if t.this else ""
        if text.startswith("@") or isinstance(t.this, exp.Var):
            stages.append(stage_of(t.sql(dialect="snowflake").split(" ")[0]))
        elif t.name and not (not t.db and t.name.upper() in shadowed):
            reads.append(name_of(t))
    made = str(tree.args.get("kind") or "").upper() if kind in DDL else ""
    return Statement(
        sql,
        tree,
        kind,
        name_of(target) if target is not None else None,
        made,
        temporary=tree.find(exp.TemporaryProperty) is not None,
        replaces=bool(tree.args.get("replace")),
        reads=tuple(dict.fromkeys(reads)),
        stages=tuple(dict.fromkeys(stages)),
        integration=property_of(tree, "STORAGE_INTEGRATION"),
    )
