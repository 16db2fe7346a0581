"""What a plugin of the local stack knows of its package; `provider` says it in the engine's protocol."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from local.providers import changes
from local.providers.changes import Changes
from local.providers.values import Properties


class RefusedError(Exception):
    """The plugin does not do what was asked; the text is one message for the user."""


@dataclass(frozen=True)
class Resource:
    """Which resource a request is about, and what it was made with and from."""

    urn: str
    inputs: Properties = field(default_factory=dict)
    """Plain: without marks of secrecy."""
    outputs: Properties = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The type's token, e.g. `aws:rds/instance:Instance`; URNs name the parents' types before it."""
        return self.urn.split("::", 3)[2].rpartition("$")[2]

    @property
    def kind(self) -> str:
        """The last part of the type's token, e.g. `Instance`."""
        return self.type.rpartition(":")[2]

    @property
    def name(self) -> str:
        """The name that the program gave it."""
        return self.urn.split("::", 3)[3]


class Made(NamedTuple):
    """What `create` made."""

    id: str
    outputs: Properties
    """Results that are no inputs, or differ from them."""


class Package:
    """What a plugin does by default; inputs and outputs are plain."""

    name: str

    def unserved(self, provider: Resource, arguments: Properties) -> str | None:
        """Why the plugin cannot stand for a provider of these arguments; None where it can."""

    def configure(self, arguments: Properties) -> None:
        """Takes the arguments of the provider resource."""

    def named(self, resource: Resource, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        """The checked inputs, with marks of secrecy, and those that the plugin makes up; RefusedError if it cannot."""
        return inputs

    def changed(self, resource: Resource, new: Properties) -> Changes:
        """What differs between the resource and its `new` inputs."""
        return changes.between(resource.inputs, new)

    def replaces(self, resource: Resource, new: Properties, path: str) -> bool:
        """Whether a change at `path` takes another resource."""
        return False

    def delete_first(self, resource: Resource, new: Properties) -> bool:
        """Whether a replaced resource has to go before the other is made."""
        return False

    def create(self, resource: Resource) -> Made:
        """Makes the resource."""
        raise NotImplementedError

    def update(self, resource: Resource, new: Properties) -> Properties:
        """Gives the resource its `new` inputs; returns the results that change by that and are no inputs."""
        return {}

    def delete(self, resource: Resource) -> None:
        """Removes the resource; nothing happens if it is gone."""

    def gone(self, resource: Resource) -> bool:
        """Whether the resource vanished behind Pulumi's back."""
        return False

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Answers a function of the package."""
        raise RefusedError(f"The local stack does not answer {token}.")


class Values(Package):
    """A package whose resources are values, made once and kept in Pulumi's state; any change makes another one."""

    arguments: ClassVar[Mapping[str, Collection[str]]]  # those that are known, by type
    place: str  # the file in which what is missing belongs

    def named(self, resource: Resource, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        known = self.arguments.get(resource.kind, ())
        unknown = [name for name, value in inputs.items() if name not in known and value is not None]
        if unknown or resource.kind not in self.arguments:
            what = f"{', '.join(unknown)} of {resource.type}" if known else resource.type
            raise RefusedError(f"The local stack does not know {what} yet: it belongs into {self.place}.")
        return inputs

    def replaces(self, resource: Resource, new: Properties, path: str) -> bool:
        return True


class Plane:
    """Where resources of one type exist, here in the state alone; `known` is all that inputs and results say."""

    def create(self, known: Properties) -> Properties | None:
        """Makes it, or adopts what an interrupted `create` left; returns further results if there are any."""

    def update(self, known: Properties, new: Properties) -> None:
        """Gives it the `new` inputs."""

    def delete(self, known: Properties) -> None:
        """Removes it; nothing happens if it is gone."""

    def gone(self, known: Properties) -> bool:
        """Whether it vanished behind Pulumi's back."""
        return False
