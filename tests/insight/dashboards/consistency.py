"""What Tableau's schema does not see: whether the parts of a workbook name each other.

Tableau drops what disagrees without a word, so that a sheet would be empty, or miss a filter. Each function takes the workbook's
root and yields findings; `findings` runs them all.
"""

import re
from collections.abc import Container, Iterator
from typing import Any

REFERENCE = re.compile(r"\[(federated\.[^\]]+)\]\.(\[[^\]]+\])")
FORMULA_FIELD = re.compile(r"\[([^\]]+)\]")
LETTER = {"nominal": "n", "ordinal": "o", "quantitative": "q"}
PREFIX = {"None": "none", "Sum": "sum", "Min": "min", "Max": "max", "User": "usr"}
INTERNAL = "[__tableau_internal_object_id__]"
MACHINE = re.compile(r"file:|/(home|root|Users|tmp|work|opt|var)/|[A-Z]:\\|\\\\")
MONEY = "SPEND"


def datasources(root: Any) -> dict[str, Any]:
    return {d.get("name"): d for d in root.findall("datasources/datasource")}


def columns(node: Any) -> dict[str, Any]:
    return {c.get("name"): c for c in node.findall("column") if not c.get("name").startswith(INTERNAL)}


def sheets(root: Any) -> dict[str, Any]:
    return {w.get("name"): w for w in root.findall("worksheets/worksheet")}


def is_calculation(column: Any) -> bool:
    return column.find("calculation") is not None


def sources_agree(root: Any) -> Iterator[str]:
    for name, d in datasources(root).items():
        connections = {c.get("name") for c in d.iter("named-connection")}
        relations = {r.get("name") for r in d.iter("relation")}
        objects = {f"[{o.get('id')}]" for o in d.iter("object")}
        yield from (
            f"{name}: relation on the unknown connection {r.get('connection')}"
            for r in d.iter("relation")
            if r.get("connection") not in connections
        )
        records = {r.findtext("local-name"): r for r in d.iter("metadata-record")}
        for local, r in records.items():
            if r.findtext("object-id") not in objects:
                yield f"{name}: {local} is of the unknown object {r.findtext('object-id')}"
            if r.findtext("parent-name")[1:-1] not in relations:
                yield f"{name}: {local} is of the unknown relation {r.findtext('parent-name')}"
        declared = columns(d)
        plain = {n: c for n, c in declared.items() if not is_calculation(c)}
        yield from (f"{name}: {n} has no metadata-record" for n in plain.keys() - records.keys())
        yield from (f"{name}: {n} has a metadata-record and no column" for n in records.keys() - plain.keys())
        for n in plain.keys() & records.keys():
            if plain[n].get("datatype") != records[n].findtext("local-type"):
                yield f"{name}: {n} is {plain[n].get('datatype')} as column and {records[n].findtext('local-type')} as metadata"
        for n, c in declared.items():
            formula = c.find("calculation").get("formula") if is_calculation(c) else ""
            yield from (
                f"{name}: the formula of {n} reads the unknown [{f}]"
                for f in FORMULA_FIELD.findall(formula)
                if f"[{f}]" not in declared
            )


def references(sheet: Any) -> Iterator[tuple[str, str, str]]:
    """Find every use of a field in a sheet, with the name of where."""
    table = sheet.find("table")
    for tag in ("rows", "cols"):
        yield from ((tag, *m) for m in REFERENCE.findall(table.findtext(tag) or ""))
    for node in table.iter("filter", "computed-sort"):
        for attribute in ("column", "using"):
            yield from ((node.tag, *m) for m in REFERENCE.findall(node.get(attribute, "")))
    for encodings in table.iter("encodings"):
        yield from ((e.tag, *m) for e in encodings for m in REFERENCE.findall(e.get("column")))
    yield from (("slices", *m) for c in table.iterfind("view/slices/column") for m in REFERENCE.findall(c.text))


def sheets_agree(root: Any) -> Iterator[str]:
    known = datasources(root)
    for name, sheet in sheets(root).items():
        declared = {}
        for dependencies in sheet.iter("datasource-dependencies"):
            source = dependencies.get("datasource")
            if source not in known:
                yield f"{name}: unknown datasource {source}"
                continue
            theirs, ours = columns(known[source]), columns(dependencies)
            for n, c in ours.items():
                if n not in theirs:
                    yield f"{name}: column {n} is not in {source}"
                elif dict(c.attrib) != dict(theirs[n].attrib):
                    yield f"{name}: column {n} is declared otherwise than in {source}"
            for i in dependencies.findall("column-instance"):
                declared[source, i.get("name")] = i
                yield from instance_agrees(name, i, ours)
            for n, c in ours.items():
                formula = c.find("calculation").get("formula") if is_calculation(c) else ""
                yield from (
                    f"{name}: [{f}], which {n} reads, is not declared"
                    for f in FORMULA_FIELD.findall(formula)
                    if f"[{f}]" not in ours
                )
        used = list(references(sheet))
        yield from (
            f"{name}: {where} uses {field}, which is not declared"
            for where, source, field in used
            if (source, field) not in declared
        )
        yield from (f"{name}: {field} is declared and not used" for _, field in declared.keys() - {(s, f) for _, s, f in used})
        filters, slices = ({f for where, _, f in used if where == tag} for tag in ("filter", "slices"))
        yield from (f"{name}: the filter on {f} is missing among the slices, or the other way round" for f in filters ^ slices)


def instance_agrees(name: str, instance: Any, known: Container[str]) -> Iterator[str]:
    column = instance.get("column")
    if column not in known:
        yield f"{name}: {instance.get('name')} is of the undeclared column {column}"
    want = f"[{PREFIX.get(instance.get('derivation'))}:{column[1:-1]}:{LETTER[instance.get('type')]}k]"
    if instance.get("name") != want:
        yield f"{name}: {instance.get('name')} should be called {want}"


def money_has_a_currency(root: Any) -> Iterator[str]:
    """Find amounts that are not shown beside their currency: on a shelf, where it parts the sums."""
    for name, sheet in sheets(root).items():
        amounts = [f for _, _, f in references(sheet) if MONEY in f]
        shelves = [f for where, _, f in references(sheet) if where in ("rows", "cols")]
        if amounts and "[none:CURRENCY:nk]" not in shelves:
            yield f"{name}: {amounts[0]} adds up currencies"


def windows_agree(root: Any) -> Iterator[str]:
    windows = {(w.get("class"), w.get("name")): w for w in root.findall("windows/window")}
    for name in sheets(root):
        if ("worksheet", name) not in windows:
            yield f"{name}: no window"
    for dashboard in root.findall("dashboards/dashboard"):
        name = dashboard.get("name")
        if name in sheets(root):
            yield f"{name}: a sheet and a dashboard of the same name"
        shown = {z.get("name") for z in dashboard.iter("zone") if z.get("name")}
        window = windows.get(("dashboard", name))
        if window is None:
            yield f"{name}: no window"
        elif (seen := {v.get("name") for v in window.iter("viewpoint")}) != shown:
            yield f"{name}: viewpoints of {sorted(seen ^ shown)} are missing or too many"


def zones_agree(root: Any) -> Iterator[str]:
    for dashboard in root.findall("dashboards/dashboard"):
        name, zones = dashboard.get("name"), list(dashboard.iter("zone"))
        if len({z.get("id") for z in zones}) != len(zones):
            yield f"{name}: two zones have one id"
        for z in zones:
            if z.get("name") and z.get("name") not in sheets(root):
                yield f"{name}: a zone of the unknown sheet {z.get('name')}"
            elif z.get("type-v2") == "color":
                sheet = sheets(root)[z.get("name")]
                if z.get("param") not in {c.get("column") for c in sheet.iter("color")}:
                    yield f"{name}: a legend of {z.get('param')}, which does not colour {z.get('name')}"
            inside = [z, *z.findall("zone")]
            yield from (
                f"{name}: zone {c.get('id')} reaches out of {z.get('id')}" for c in inside[1:] if not within(box(c), box(z))
            )
            for n, a in enumerate(inside[1:]):
                yield from (
                    f"{name}: zones {a.get('id')} and {b.get('id')} overlap" for b in inside[n + 2 :] if overlap(box(a), box(b))
                )


def actions_agree(root: Any) -> Iterator[str]:
    dashboards = {d.get("name") for d in root.findall("dashboards/dashboard")}
    captions = {c.get("caption") for d in datasources(root).values() for c in columns(d).values()}
    for action in root.iter("action"):
        name, said = action.get("name"), {p.get("name"): p.get("value") for p in action.iter("param")}
        yield from (
            f"{name}: unknown dashboard {d}" for d in {action.find("source").get("dashboard"), said["target"]} - dashboards
        )
        yield from (f"{name}: no field is called {c}" for c in set(said["field-captions"].split(",")) - captions)


Box = tuple[int, int, int, int]  # left, top, right, bottom


def box(zone: Any) -> Box:
    x, y, w, h = (int(zone.get(k)) for k in "xywh")
    return x, y, x + w, y + h


def within(a: Box, b: Box) -> bool:
    return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def nothing_private(root: Any) -> Iterator[str]:
    for c in root.iter("connection"):
        if c.get("password") is not None or c.get("username", "") not in ("", "tableau_internal_user"):
            yield f"a connection of {c.get('class')} holds a user or a password"
    for node in root.iter():
        for text in (*node.attrib.values(), node.text or ""):
            if MACHINE.search(text):
                yield f"{node.tag} names a place on a machine: {text.strip()[:80]}"


def findings(root: Any) -> list[str]:
    """Return everything that does not agree, sorted."""
    checks = (sources_agree, sheets_agree, money_has_a_currency, windows_agree, zones_agree, actions_agree, nothing_private)
    return sorted(f for check in checks for f in check(root))
