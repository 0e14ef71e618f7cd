"""Validates a workbook against Tableau's own schema, tableau/twb_2026.2.0.xsd (https://github.com/tableau/tableau-document-schemas).

The schema imports two others that are not published with it; what it takes of them stands here. It requires an element,
explain-data, that no workbook of that version has: that one complaint is left out.
"""

import functools
import pathlib

from lxml import etree

XS = "http://www.w3.org/2001/XMLSchema"
FILE = pathlib.Path(__file__).parent / "tableau" / "twb_2026.2.0.xsd"
IMPORTED = {
    "http://www.tableausoftware.com/xml/user": '<xs:attributeGroup name="UserAttributes-AG"><xs:anyAttribute namespace="##any" processContents="lax"/></xs:attributeGroup>',
    "http://www.w3.org/XML/1998/namespace": "".join(
        f'<xs:attribute name="{n}" type="xs:string"/>' for n in ("base", "lang", "space")
    ),
}


class Imports(etree.Resolver):
    def resolve(self, url, public_id, context):
        for n, (namespace, body) in enumerate(IMPORTED.items()):
            if url == f"imported:{n}":
                return self.resolve_string(
                    f'<xs:schema xmlns:xs="{XS}" targetNamespace="{namespace}">{body}</xs:schema>', context
                )
        return None


@functools.cache
def tableau():
    parser = etree.XMLParser()
    parser.resolvers.add(Imports())
    document = etree.parse(FILE, parser)
    for node in document.getroot().findall(f"{{{XS}}}import"):
        node.set("schemaLocation", f"imported:{list(IMPORTED).index(node.get('namespace'))}")
    return etree.XMLSchema(document)


def violations(root):
    """What the schema has against a workbook."""
    schema = tableau()
    schema.validate(root)
    return [
        f"line {e.line}: {e.message}"
        for e in schema.error_log
        if not ("explain-data" in e.message and "Missing child" in e.message)
    ]
