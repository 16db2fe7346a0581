"""Who can log in to the platform: the usual people of every mesh, and those that the configuration adds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mesh.names import ADMIN, GRAFANA_ADMIN, SERVICES, DomainName

_USER = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


class PeopleError(ValueError):
    """The setting `users` cannot be used; `problems` are all that is wrong, each with the command that mends it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone who can log in: an analyst of `domains` (`customer-care`), an administrator, or neither."""

    name: str
    domains: tuple[DomainName, ...] = ()
    admin: bool = False

    def own(self, domains: Iterable[DomainName]) -> list[DomainName]:
        """Those of `domains` whose databases the person may open: an administrator all, others their own."""
        return [domain for domain in domains if self.admin or domain in self.domains]


def everyone(domains: Iterable[DomainName], config: Mapping[str, Any] | None = None) -> tuple[Person, ...]:
    """Everyone who can log in, by name: `admin`, one analyst a domain, and those that `config` adds.

    `config` is the setting `users`: {name: {"domains": [...], "admin": bool}}. Raises PeopleError with all its
    problems, a line each, with the command that mends it.
    """
    known = {str(domain): domain for domain in sorted(domains)}
    found = {ADMIN: Person(name=ADMIN, admin=True)}
    found |= {domain.analyst: Person(name=domain.analyst, domains=(domain,)) for domain in known.values()}
    problems = []
    for user, said in sorted((config or {}).items()):
        wrong = list(_wrong(user, said, list(known), set(found)))
        problems += wrong
        if not wrong:
            own = tuple(known[domain] for domain in sorted(said.get("domains", [])))
            found[user] = Person(name=user, domains=own, admin=said.get("admin", False))
    if problems:
        raise PeopleError(problems)
    return tuple(found[name] for name in sorted(found))


def _wrong(user: str, said: Any, domains: list[str], taken: set[str]) -> Iterable[str]:
    """What is wrong with one entry of `users`, each with the command that mends it."""
    example = domains[0] if domains else "sales"
    remove = f"pulumi config rm --path 'users[\"{user}\"]'"
    add = f"pulumi config set --path 'users.{user}.domains[0]' {example}"
    promote = f"pulumi config set --path users.{user}.admin true"
    if user in taken or user in (*SERVICES, GRAFANA_ADMIN):
        yield f"users.{user} exists by itself: {remove}"
    elif len(user) > 40 or not _USER.fullmatch(user):
        yield f"users: {user!r} is no name (lower-case letters, digits, single - and _, at most 40): {remove}"
    elif not isinstance(said, Mapping) or not said or not said.keys() <= {"domains", "admin"}:
        yield f"users.{user} must say domains or admin and nothing else: {add} or {promote}"
    else:
        wanted = said.get("domains", [])
        if not isinstance(wanted, list):
            yield f"users.{user}.domains is a list: {add}"
        elif unknown := [domain for domain in wanted if domain not in domains]:
            known = ", ".join(domains)
            yield f"users.{user}.domains: no domain {unknown[0]!r} in this mesh, there are {known}: {add}"
        if not isinstance(said.get("admin", False), bool):
            yield f"users.{user}.admin is true or false: {promote}"
