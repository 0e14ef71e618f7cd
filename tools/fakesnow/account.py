"""An account as an administrator's script leaves it: users with their keys, roles, and what is granted to whom.

The script is snowflake/bootstrap.sql itself, read and never copied. It prepares one database; every database of the stand-in
counts as prepared in the same way, so that each test may have one of its own.
"""

import dataclasses
import re

Object = tuple[str, ...]  # its name's parts, in upper case

# https://docs.snowflake.com/en/user-guide/security-access-control-overview#system-defined-roles
SYSTEM_ROLES = {
    "ACCOUNTADMIN": {"SYSADMIN", "SECURITYADMIN"},
    "SECURITYADMIN": {"USERADMIN"},
    "SYSADMIN": set(),
    "USERADMIN": set(),
}
ADMINISTRATOR = "ADMINISTRATOR"  # who ran the script

NAME = r"([A-Za-z_][\w$.]*)"
GRANT_ROLE = re.compile(rf"GRANT ROLE {NAME} TO (USER|ROLE) {NAME}$", re.I)
GRANT = re.compile(
    rf"(GRANT|REVOKE) (.+?) ON (FUTURE |ALL )?([A-Z ]+?) (?:IN (?:SCHEMA|DATABASE) )?{NAME} (?:TO|FROM) ROLE {NAME}$", re.I
)
CREATE = re.compile(
    rf"CREATE (?:OR REPLACE )?(?:TRANSIENT )?(USER|ROLE|DATABASE|SCHEMA|WAREHOUSE|STAGE)(?: IF NOT EXISTS)? {NAME}(.*)$", re.I
)
ALTER_USER = re.compile(rf"ALTER USER {NAME} SET (.*)$", re.I)
PROPERTY = re.compile(r"(\w+) = (?:'([^']*)'|([\w$.]+))")


@dataclasses.dataclass
class User:
    service: bool = False
    default_role: str = "PUBLIC"
    default_warehouse: str = ""
    keys: list[str] = dataclasses.field(default_factory=list)  # base64 of the DER
    roles: set[str] = dataclasses.field(default_factory=set)

    def set(self, properties: str) -> None:
        for name, text, word in PROPERTY.findall(properties):
            value = text or word
            match name.upper():
                case "RSA_PUBLIC_KEY" | "RSA_PUBLIC_KEY_2":
                    self.keys.append(value)
                case "TYPE":
                    self.service = value.upper() == "SERVICE"
                case "DEFAULT_ROLE":
                    self.default_role = value.upper()
                case "DEFAULT_WAREHOUSE":
                    self.default_warehouse = value.upper()


def parts(name: str) -> Object:
    return tuple(name.upper().split("."))


def statements(script: str) -> list[str]:
    """Split a script that has no semicolon in a text, without its comments, each on one line."""
    bare = re.sub(r"--[^\n]*", "", script)
    return [one for s in bare.split(";") if (one := " ".join(s.split()))]


class Account:
    def __init__(self, script: str):
        self.users: dict[str, User] = {ADMINISTRATOR: User(default_role="ACCOUNTADMIN", roles={"ACCOUNTADMIN"})}
        self.holds: dict[str, set[str]] = {role: set(below) for role, below in SYSTEM_ROLES.items()} | {"PUBLIC": set()}
        self.objects: dict[str, set[Object]] = {k: set() for k in ("DATABASE", "SCHEMA", "WAREHOUSE", "STAGE", "INTEGRATION")}
        self.granted: set[tuple[str, str, str, Object]] = set()  # role, privilege, kind, object
        self.inside: set[tuple[str, str, str, Object]] = set()  # the same of all of a kind in a schema or a database
        self.owners: dict[tuple[str, Object], str] = {}  # by kind and object
        role = "ACCOUNTADMIN"
        for s in statements(script):
            if m := re.match(rf"USE ROLE {NAME}$", s, re.I):
                role = m[1].upper()
            else:
                self.run(s, role)
        if len(self.objects["DATABASE"]) != 1:
            raise ValueError(f"the script makes {len(self.objects['DATABASE'])} databases, want one")
        ((self.prepared,),) = self.objects["DATABASE"]

    def run(self, s: str, role: str) -> None:
        """Carry out one of an administrator's statements. What has nothing to do with rights is passed over."""
        if m := GRANT_ROLE.match(s):
            what, to, whom = m[1].upper(), m[2].upper(), m[3].upper()
            (self.users[whom].roles if to == "USER" else self.holds[whom]).add(what)
        elif m := GRANT.match(s):
            kind = m[4].upper() if not m[3] else m[4].upper().removesuffix("S")
            where = self.inside if m[3] else self.granted
            for privilege in m[2].split(","):
                one = (m[6].upper(), privilege.strip().upper(), kind, parts(m[5]))
                (where.add if m[1].upper() == "GRANT" else where.discard)(one)
        elif s.upper().startswith(("GRANT", "REVOKE")):
            raise ValueError(f"a grant that is not understood: {s}")
        elif m := CREATE.match(s):
            kind, name = m[1].upper(), m[2].upper()
            if kind == "USER":
                self.users.setdefault(name, User()).set(m[3])
            elif kind == "ROLE":
                self.holds.setdefault(name, set())
            else:
                self.objects[kind].add(parts(name))
                self.owners[kind, parts(name)] = role
        elif m := re.match(rf"CREATE STORAGE INTEGRATION(?: IF NOT EXISTS)? {NAME}", s, re.I):
            self.objects["INTEGRATION"].add(parts(m[1]))
        elif m := ALTER_USER.match(s):
            self.users[m[1].upper()].set(m[2])

    def roles_of(self, role: str) -> set[str]:
        """Return a role and all whose rights it has: docs.snowflake.com/en/user-guide/security-access-control-overview."""
        found, todo = set(), [role, "PUBLIC"]
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo += self.holds.get(one, ())
        return found

    def here(self, name: Object) -> Object:
        """Return a name as the script has it: each database is prepared as the script's one is."""
        return (self.prepared, *name[1:])

    def has(self, role: str, privilege: str, kind: str, name: Object) -> bool:
        """Say whether a role may do something with an object; name is as the script has it."""
        roles = self.roles_of(role)
        if "ACCOUNTADMIN" in roles or self.owners.get((kind, name)) in roles:
            return True
        return any(
            (r, privilege, kind, name) in self.granted
            or any((r, privilege, kind, name[:n]) in self.inside for n in range(1, len(name)))
            for r in roles
        )

    def any_of(self, role: str, kind: str, name: Object) -> bool:
        """Say whether a role has any right on an object, and so may know that it is there."""
        privileges = {p for _, p, k, _ in self.granted | self.inside if k == kind}
        return any(self.has(role, p, kind, name) for p in privileges)
