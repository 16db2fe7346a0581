"""Which stacks the local plugins serve: `local`, the tests', and dry runs."""

import os


def refusal(urn: str, package: str, version: str, *, preview: bool) -> str | None:
    """Why this plugin does not serve the resource `urn`, as a message for the user; None if it does."""
    stack = urn.split("::", 1)[0].removeprefix("urn:pulumi:")
    dry_run = stack.endswith("-check")
    if stack != "local" and not stack.startswith("test-") and not dry_run:
        return (
            f"This is the local stack's stand-in for the plugin {package} {version}: it makes nothing on AWS or on a "
            f"cluster, and the stack {stack} wants the real one. Use a shell in which .local/env was not sourced, and "
            f"type there: pulumi plugin install resource {package} v{version}"
        )
    if dry_run and not preview:
        return f"The stack {stack} is for previews only: use the stack local, type `make up`."
    if not os.environ.get("DATAMESH_LOCAL"):
        return "DATAMESH_LOCAL is not set: type `source .local/env` in the project's folder, then repeat the command."
    return None
