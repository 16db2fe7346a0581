"""Everyone who can log in to the platform: the default people, and those that the configuration adds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from mesh.brief import brief
from mesh.names import ADMIN, DomainName, is_login_of_platform

_USER = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


class PeopleError(ValueError):
    """The setting `users` cannot be used; `problems` has a line for each problem, with the command that fixes it."""

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
        """Those of `domains` whose databases the person may open; an administrator may open all."""
        return [domain for domain in domains if self.admin or domain in self.domains]


def everyone(domains: Iterable[DomainName], config: Mapping[str, Any] | None = None) -> tuple[Person, ...]:
    """Everyone who can log in, by name: `admin`, one analyst a domain, and those that `config` adds.

    `config` is the setting `users`: {name: {"domains": [...], "admin": bool}}. Raises PeopleError with
    all problems of the setting.
    """
    by_name = {str(domain): domain for domain in sorted(domains)}
    people = {ADMIN: Person(name=ADMIN, admin=True)}
    people |= {domain.analyst: Person(name=domain.analyst, domains=(domain,)) for domain in by_name.values()}
    taken, problems = set(people), []
    for user, entry in sorted((config or {}).items()):
        mistakes = list(_mistakes(user, entry, list(by_name.values()), taken))
        problems += mistakes
        if not mistakes:
            own = tuple(by_name[domain] for domain in sorted(entry.get("domains", [])))
            people[user] = Person(name=user, domains=own, admin=entry.get("admin", False))
    if problems:
        raise PeopleError(problems)
    return tuple(people[name] for name in sorted(people))


def _removal(user: str) -> str:
    """The command that removes an entry of `users`, whatever its name."""
    if len(user) > 60 or not user.isprintable():
        return "remove the entry from the stack's file, Pulumi.<stack>.yaml, or all people: pulumi config rm users"
    escaped = user.replace('"', '\\"')
    path = quote(f'users["{escaped}"]')
    return f"pulumi config rm --path {path}"


def _mistakes(user: str, entry: Any, domains: list[DomainName], taken: set[str]) -> Iterable[str]:
    """The problems with one entry of `users`, each with the command that fixes it."""
    example = domains[0] if domains else "sales"
    remove = _removal(user)
    add = f"pulumi config set --path 'users.{user}.domains[0]' {example}"
    promote = f"pulumi config set --path users.{user}.admin true"
    if len(user) > 40 or not _USER.fullmatch(user):
        name = brief(user)
        yield f"users: {name} is not a valid name (lower-case letters, digits, single - and _, at most 40): {remove}"
    elif user in taken or is_login_of_platform(user, domains):
        yield f"users.{user} is a built-in user: {remove}"
    elif not isinstance(entry, Mapping) or not entry or not entry.keys() <= {"domains", "admin"}:
        yield f"users.{user} must have domains or admin and nothing else: {add} or {promote}"
    else:
        listed = entry.get("domains", [])
        if not isinstance(listed, list):
            yield f"users.{user}.domains must be a list: {add}"
        elif unknown := [domain for domain in listed if domain not in domains]:
            names = ", ".join(domains)
            yield f"users.{user}.domains: no domain {brief(unknown[0])} in this mesh, there are {names}: {add}"
        elif len(set(listed)) < len(listed):
            yield f"users.{user}.domains has a domain twice: {add}"
        if not isinstance(entry.get("admin", False), bool):
            yield f"users.{user}.admin must be true or false: {promote}"
