"""Validates a workbook against Tableau's own schema, tableau/twb_2026.2.0.xsd.

It is from https://github.com/tableau/tableau-document-schemas, and imports two others that are not published with it: what it
takes of them stands here. It requires an element, explain-data, that no workbook of that version has: that one complaint is
left out.
"""

import functools
import pathlib
from typing import Any

from lxml import etree

XS = "http://www.w3.org/2001/XMLSchema"
FILE = pathlib.Path(__file__).parent / "tableau" / "twb_2026.2.0.xsd"
IMPORTED = {
    "http://www.tableausoftware.com/xml/user": '<xs:attributeGroup name="UserAttributes-AG">'
    '<xs:anyAttribute namespace="##any" processContents="lax"/></xs:attributeGroup>',
    "http://www.w3.org/XML/1998/namespace": "".join(
        f'<xs:attribute name="{n}" type="xs:string"/>' for n in ("base", "lang", "space")
    ),
}


class Imports(etree.Resolver):
    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:
        for n, (namespace, body) in enumerate(IMPORTED.items()):
            if system_url == f"imported:{n}":
                return self.resolve_string(
                    f'<xs:schema xmlns:xs="{XS}" targetNamespace="{namespace}">{body}</xs:schema>', context
                )
        return None


@functools.cache
def tableau() -> etree.XMLSchema:
    parser = etree.XMLParser()
    parser.resolvers.add(Imports())
    document = etree.parse(FILE, parser)
    for node in document.getroot().findall(f"{{{XS}}}import"):
        node.set("schemaLocation", f"imported:{list(IMPORTED).index(node.attrib['namespace'])}")
    return etree.XMLSchema(document)


def violations(root: Any) -> list[str]:
    """Return what the schema has against a workbook."""
    schema = tableau()
    schema.validate(root)
    return [
        f"line {e.line}: {e.message}"
        for e in schema.error_log
        if not ("explain-data" in e.message and "Missing child" in e.message)
    ]
