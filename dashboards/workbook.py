"""Writes the workbook as Tableau's XML, the same bytes for the same content.

What must be there was learnt from Tableau's own schema (tests/insight/dashboards/tableau) and from published workbooks. A field
that a sheet uses is declared there once more, with the way it is used. Each sheet and dashboard has a window, and each window
names what it shows. A datasource lists its columns as the connection gives them (metadata-records), without which its query is
not run.
"""

import uuid
from collections.abc import Iterable

from lxml import etree

from connection import Extracts, Snowflake
from layout import zones
from model import Dashboard, Field, Known, Pill, Sheet, Source, along

NAMESPACE = uuid.UUID("5f4dcc3b-0c0e-4c5a-9f7e-c0fe12200000")
VERSION = "18.1"  # read by every Tableau since 2018.1 that knows the features below; newer workbooks are refused by older ones
FEATURES = (
    "ObjectModelEncapsulateLegacy",
    "ObjectModelTableType",
    "SchemaViewerObjectModel",
    "SheetIdentifierTracking",
    "WindowsPersistSimpleIdentifiers",
)
AGGREGATION = {"date": "Year", "datetime": "Year", "string": "Count", "boolean": "Count"}


Colors = dict[str, dict[str, str]]


def element(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    node = etree.SubElement(parent, tag, {k.rstrip("_").replace("_", "-"): v for k, v in attributes.items()})
    node.text = text
    return node


def simple_id(parent: etree._Element, *name: str) -> None:
    element(parent, "simple-id", uuid="{" + str(uuid.uuid5(NAMESPACE, "/".join(name))).upper() + "}")


def identifier(source: Source) -> str:
    return f"federated.{source.id}"


def used(source: Source, pill: Pill) -> str:
    return f"[{identifier(source)}].{pill.instance(source)}"


def add_column(parent: etree._Element, field: Field) -> None:
    node = element(
        parent,
        "column",
        caption=field.caption,
        datatype=field.datatype,
        name=f"[{field.name}]",
        role="measure" if field.measure else "dimension",
        type=field.kind,
    )
    if field.format:
        node.set("default-format", field.format)
    if field.formula:
        element(node, "calculation", class_="tableau", formula=field.formula)


def add_instance(parent: etree._Element, source: Source, pill: Pill) -> None:
    element(
        parent,
        "column-instance",
        column=f"[{pill.field}]",
        derivation=pill.derivation,
        name=pill.instance(source),
        pivot="key",
        type=pill.type(source),
    )


def add_metadata(connection: etree._Element, source: Source, kind: Snowflake | Extracts) -> None:
    records = element(connection, "metadata-records")
    for n, field in enumerate(source.columns, 1):
        record = element(records, "metadata-record", class_="column")
        precision = kind.precision.get(field.type, (None, None))
        for tag, text in (
            ("remote-name", field.name),
            ("remote-type", kind.remote_types[field.type]),
            ("local-name", f"[{field.name}]"),
            ("parent-name", f"[{kind.relation_name}]"),
            ("remote-alias", field.name),
            ("ordinal", str(n)),
            ("local-type", field.datatype),
            ("aggregation", AGGREGATION.get(field.datatype, "Sum")),
            ("precision", precision[0]),
            ("scale", precision[1]),
            ("contains-null", "true"),
            ("object-id", f"[{source.id}_object]"),
        ):
            if text:
                element(record, tag, text)


def add_colors(datasource: etree._Element, source: Source, colors: Colors) -> None:
    known = {f.name for f in source.fields}
    rule = None
    for name, values in colors.items():
        if name not in known:
            continue
        if rule is None:
            rule = element(element(datasource, "style"), "style-rule", element="mark")
        encoding = element(rule, "encoding", attr="color", field=f"[none:{name}:nk]", type="palette")
        for value, color in values.items():
            element(element(encoding, "map", to=color), "bucket", f'"{value}"')


def add_datasource(parent: etree._Element, source: Source, kind: Snowflake | Extracts, colors: Colors) -> None:
    datasource = element(parent, "datasource", caption=source.caption, inline="true", name=identifier(source), version=VERSION)
    connection = element(datasource, "connection", class_="federated")
    named = element(
        element(connection, "named-connections"), "named-connection", caption=kind.caption, name=f"{kind.name}.{source.id}"
    )
    element(named, "connection", **kind.attributes(source))
    connection.append(kind.relation(source))
    add_metadata(connection, source, kind)
    element(datasource, "aliases", enabled="yes")
    for field in source.fields:
        add_column(datasource, field)
    object_id = f"{source.id}_object"
    element(
        datasource,
        "column",
        caption=source.caption,
        datatype="table",
        name=f"[__tableau_internal_object_id__].[{object_id}]",
        role="measure",
        type="quantitative",
    )
    for name in colors:
        if any(f.name == name for f in source.fields):
            element(
                datasource,
                "column-instance",
                column=f"[{name}]",
                derivation="None",
                name=f"[none:{name}:nk]",
                pivot="key",
                type="nominal",
            )
    element(datasource, "layout", dim_ordering="alphabetic", measure_ordering="alphabetic", show_structure="true")
    add_colors(datasource, source, colors)
    objects = element(element(datasource, "object-graph"), "objects")
    properties = element(element(objects, "object", caption=source.caption, id=object_id), "properties", context="")
    properties.append(kind.relation(source))


def formula_fields(source: Source, field: Field) -> list[Field]:
    """Return the fields that a formula reads: a sheet declares them beside the calculation."""
    return [f for f in source.fields if f"[{f.name}]" in field.formula]


def add_view(table: etree._Element, sheet: Sheet) -> None:
    source = sheet.source
    view = element(table, "view")
    element(element(view, "datasources"), "datasource", caption=source.caption, name=identifier(source))
    dependencies = element(view, "datasource-dependencies", datasource=identifier(source))
    fields = {p.field for p in sheet.pills}
    fields |= {f.name for name in fields for f in formula_fields(source, source.field(name))}
    for field in source.fields:
        if field.name in fields:
            add_column(dependencies, field)
    for pill in sorted(sheet.pills, key=lambda p: p.instance(source)):
        add_instance(dependencies, source, pill)
    if sheet.sort:
        what, using, direction = sheet.sort
        element(view, "computed-sort", column=used(source, what), direction=direction, using=used(source, using))
    filters = [(o, used(source, along(o.field))) for o in sheet.only]
    for only, column in filters:
        if isinstance(only, Known):
            element(view, "filter", class_="quantitative", column=column, included_values="non-null")
            continue
        node = element(view, "filter", class_="quantitative", column=column, included_values="in-range")
        element(node, "min", str(only.low))
        element(node, "max", str(only.high))
    if filters:
        slices = element(view, "slices")
        for _, column in filters:
            element(slices, "column", column)
    element(view, "aggregation", value="true")


def add_pane(table: etree._Element, sheet: Sheet) -> None:
    pane = element(element(table, "panes"), "pane", selection_relaxation_option="selection-relaxation-allow")
    element(element(pane, "view"), "breakdown", value="auto")
    element(pane, "mark", class_=sheet.mark)
    encodings = element(pane, "encodings")
    for tag, pill in (("color", sheet.color), ("text", sheet.label)):
        if pill:
            element(encodings, tag, column=used(sheet.source, pill))
    if sheet.label and sheet.mark != "Text":
        rule = element(element(pane, "style"), "style-rule", element="mark")
        element(rule, "format", attr="mark-labels-show", value="true")


def shelf(source: Source, pills: Iterable[Pill]) -> str | None:
    """Return headers inside headers, (a / (b / c)), with an axis within the innermost, (headers * axis)."""
    headers = [used(source, p) for p in pills if not p.continuous]
    axes = [used(source, p) for p in pills if p.continuous]
    out = headers.pop() if headers else None
    for header in reversed(headers):
        out = f"({header} / {out})"
    for axis in axes:
        out = f"({out} * {axis})" if out else axis
    return out


def add_worksheet(parent: etree._Element, sheet: Sheet) -> None:
    worksheet = element(parent, "worksheet", name=sheet.name)
    table = element(worksheet, "table")
    add_view(table, sheet)
    element(table, "style")
    add_pane(table, sheet)
    element(table, "rows", shelf(sheet.source, sheet.rows))
    element(table, "cols", shelf(sheet.source, sheet.cols))
    simple_id(worksheet, "worksheet", sheet.name)


def add_dashboard(parent: etree._Element, dashboard: Dashboard) -> None:
    node = element(parent, "dashboard", name=dashboard.name)
    element(node, "style")
    element(node, "size", maxheight="900", maxwidth="1400", minheight="900", minwidth="1400", sizing_mode="fixed")
    node.append(zones(dashboard, used))
    simple_id(node, "dashboard", dashboard.name)


def add_sheet_window(windows: etree._Element, sheet: Sheet) -> None:
    window = element(windows, "window", class_="worksheet", name=sheet.name)
    cards = element(window, "cards")
    for edge, strips in (
        ("left", (("160", ("pages", "filters", "marks")),)),
        ("top", (("2147483647", ("columns",)), ("2147483647", ("rows",)), ("31", ("title",)))),
    ):
        side = element(cards, "edge", name=edge)
        for size, types in strips:
            strip = element(side, "strip", size=size)
            for card in types:
                element(strip, "card", type=card)
    simple_id(window, "window", sheet.name)


def add_dashboard_window(windows: etree._Element, dashboard: Dashboard, first: bool) -> None:
    window = element(windows, "window", class_="dashboard", name=dashboard.name)
    if first:
        window.set("maximized", "true")
    viewpoints = element(window, "viewpoints")
    for sheet in dashboard.sheets:
        element(element(viewpoints, "viewpoint", name=sheet.name), "zoom", type="entire-view")
    element(window, "active", id="-1")
    simple_id(window, "window", dashboard.name)


def add_action(parent: etree._Element, dashboard: Dashboard) -> None:
    """Have a click on a restaurant or platform mark it on the other sheets too."""
    action = element(
        parent, "action", caption=f"Highlight on {dashboard.name}", name=f"[Action_{dashboard.name.replace(' ', '_')}]"
    )
    element(action, "activation", type="on-select")
    element(action, "source", dashboard=dashboard.name, type="sheet")
    command = element(action, "command", command="tsc:brush")
    element(command, "param", name="field-captions", value="Restaurant,Platform,Source")
    element(command, "param", name="target", value=dashboard.name)


def workbook(sources: Iterable[Source], colors: Colors, shown: Iterable[Dashboard], kind: Snowflake | Extracts) -> bytes:
    """Return the bytes of the workbook that shows these dashboards, with the data where the connection says."""
    root = etree.Element(
        "workbook",
        nsmap={"user": "http://www.tableausoftware.com/xml/user"},
        attrib={"original-version": VERSION, "source-build": "0.0.0 (0000.0.0.0)", "source-platform": "win", "version": VERSION},
    )
    manifest = element(root, "document-format-change-manifest")
    for feature in FEATURES:
        element(manifest, feature)
    element(root, "preferences")
    datasources = element(root, "datasources")
    for source in sources:
        add_datasource(datasources, source, kind, colors)
    actions = element(root, "actions")
    worksheets, dashboards = element(root, "worksheets"), element(root, "dashboards")
    windows = element(root, "windows", source_height="30")
    for n, dashboard in enumerate(shown):
        add_action(actions, dashboard)
        for sheet in dashboard.sheets:
            add_worksheet(worksheets, sheet)
            add_sheet_window(windows, sheet)
        add_dashboard(dashboards, dashboard)
        add_dashboard_window(windows, dashboard, n == 0)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8") + b"\n"
