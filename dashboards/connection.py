"""Where a workbook's data is: Snowflake, or the packaged extracts."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from model import Source

SIGN_IN = {"password": "Username Password", "sso": "SAML IdP"}
SNOWFLAKE_HOST = ".snowflakecomputing.com"


class WrongSettingError(Exception):
    """A setting that cannot be meant so; the text says what to write."""


def relation(name: str, connection: str, **attributes: str) -> etree._Element:
    node = etree.Element("relation", connection=connection, name=name)
    for attribute, value in attributes.items():
        node.set(attribute, value)
    return node


@dataclass(frozen=True)
class Snowflake:
    """A connection that asks for user and password, which a programmatic access token may be, or for the company's sign-in."""

    server: str
    database: str
    schema: str
    warehouse: str
    role: str
    sign_in: str

    name = "snowflake"
    relation_name = "Custom SQL Query"
    remote_types: ClassVar = {
        "BIGINT": "131",
        "DECIMAL(18,4)": "131",
        "DECIMAL(38,4)": "131",
        "VARCHAR": "129",
        "DATE": "7",
        "DATETIME": "7",
        "BOOLEAN": "11",
    }
    precision: ClassVar = {"BIGINT": ("38", "0"), "DECIMAL(18,4)": ("18", "4"), "DECIMAL(38,4)": ("38", "4")}

    @property
    def caption(self) -> str:
        return self.server

    def attributes(self, source: Source) -> dict[str, str]:
        return {
            "authentication": SIGN_IN[self.sign_in],
            "class": "snowflake",
            "dbname": self.database,
            "odbc-connect-string-extras": "",
            "one-time-sql": "",
            "schema": self.schema,
            "server": self.server,
            "service": self.role,
            "username": "",
            "warehouse": self.warehouse,
        }

    def relation(self, source: Source) -> etree._Element:
        node = relation(self.relation_name, f"{self.name}.{source.id}", type="text")
        node.text = source.sql.replace("<", "<<").replace(">", ">>")  # < and > alone begin a parameter
        return node


@dataclass(frozen=True)
class Extracts:
    """Each source a .hyper file within the package, with one table."""

    name = "hyper"
    caption = "covers-demo"
    relation_name = "Extract"
    remote_types: ClassVar = {
        "BIGINT": "20",
        "DECIMAL(18,4)": "131",
        "DECIMAL(38,4)": "131",
        "VARCHAR": "129",
        "DATE": "133",
        "DATETIME": "135",
        "BOOLEAN": "11",
    }
    # A file of Hyper's default version has no wider numbers; the demo's sums fit.
    precision: ClassVar = {"BIGINT": ("38", "0"), "DECIMAL(18,4)": ("18", "4"), "DECIMAL(38,4)": ("18", "4")}

    @staticmethod
    def path(source: Source) -> str:
        return f"Data/Extracts/{source.id}.hyper"

    def attributes(self, source: Source) -> dict[str, str]:
        return {
            "authentication": "auth-none",
            "author-locale": "en_US",
            "class": "hyper",
            "dbname": self.path(source),
            "default-settings": "yes",
            "schema": "Extract",
            "sslmode": "",
            "tablename": "Extract",
            "username": "tableau_internal_user",
        }

    def relation(self, source: Source) -> etree._Element:
        return relation(self.relation_name, f"{self.name}.{source.id}", table="[Extract].[Extract]", type="table")


def parse(url: str, sign_in: str) -> Snowflake:
    """Return the connection that a warehouse's URL names, as load has it in COVERS_WAREHOUSE.

    Its user and its stage do not matter here. An account alone is enough where the database was made by snowflake/bootstrap.sql.
    """
    if sign_in not in SIGN_IN:
        raise WrongSettingError(f"sign-in {sign_in!r}: write one of {', '.join(SIGN_IN)}")
    parts = urlsplit(url if "://" in url else f"snowflake://{url}")
    if parts.scheme != "snowflake" or not parts.hostname:
        raise WrongSettingError(
            f"{parts.scheme}:// is no Snowflake: write snowflake://ORGANIZATION-ACCOUNT, or the account alone"
        )
    if parts.password is not None:
        raise WrongSettingError("the URL holds a password: leave it out, Tableau asks for it")
    path = [p for p in parts.path.split("/") if p]
    if len(path) not in (0, 2):
        raise WrongSettingError("write database and schema, as snowflake://ORGANIZATION-ACCOUNT/COVERS/MAIN, or neither")
    query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
    account = parts.netloc.rpartition("@")[2].lower()
    database, schema = (p.upper() for p in path or ("COVERS", "MAIN"))
    return Snowflake(
        query.get("host", account if "." in account else account + SNOWFLAKE_HOST),
        database,
        schema,
        query.get("warehouse", "COVERS_BI_WH"),
        query.get("role", "COVERS_ANALYST"),
        sign_in,
    )
