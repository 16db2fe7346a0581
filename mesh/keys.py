"""Configuration keys that nothing reads: each is refused, because it would protect or change nothing."""

import difflib
from collections.abc import Collection

from mesh.brief import brief

PROJECT = "datamesh"
"""The namespace of the program's own keys, the project's name in Pulumi.yaml."""

_OWN_PROVIDER = {"aws": "AWS", "kubernetes": "the cluster"}
"""By namespace: for what the program has a provider of its own, which does not read the stack's configuration."""
_INSTEAD = {
    "aws:region": "set the option region instead",
    "aws:allowedAccountIds": "set the option allowedAccountIds instead",
    "aws:profile": "the environment chooses the login: export AWS_PROFILE",
    "kubernetes:context": "set the option kubeContext instead",
}


def unread(key: str, known: Collection[str]) -> str | None:
    """Why a key that the program does not read is refused, or None for one that something else reads.

    `known` are the program's own keys. Keys of other namespaces (`aws:region`) belong to the engine and to plugins;
    those are refused which no plugin of this program reads, or whose namespace is the project's misspelt.
    """
    namespace, colon, name = key.rpartition(":")
    if not colon:
        return f"{brief(key)}: there is no such option; {_nearest(key, known)}"
    if namespace in _OWN_PROVIDER:
        advice = _INSTEAD.get(key, "it has no effect")
        return (
            f"{brief(key)}: the program has its own provider for {_OWN_PROVIDER[namespace]}, "
            f"which reads no key of {namespace}; {advice}"
        )
    if difflib.get_close_matches(namespace.lower(), [PROJECT], cutoff=0.6):
        return f"{brief(key)}: nothing reads this namespace; the program's own is {PROJECT}, or none: {brief(name)}"
    return None


def _nearest(key: str, known: Collection[str]) -> str:
    option = key.partition(".")[0].partition("[")[0]
    if option in known and option != key:
        return f"an entry of {option} is set with --path: pulumi config set --path …"
    spelt = {each.lower(): each for each in known}
    if near := difflib.get_close_matches(key.lower()[:60], spelt, n=1, cutoff=0.5):
        return f"the nearest one is {spelt[near[0]]}"
    return f"there are {', '.join(sorted(known))}"
