"""The images that the cluster pulls are in their registries. Only the heads of their manifests are asked for.

The protocol: https://distribution.github.io/distribution/spec/api/. A HEAD does not count against Docker Hub's limit.
"""

import re
from collections.abc import Iterator

import requests

from mesh.images import PULLED
from preflight.findings import Finding, green, red, yellow

_DOCKER_HUB = "registry-1.docker.io"
_SECONDS = 10
_ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


def check_images(session: requests.Session) -> Iterator[Finding]:
    """One line for all images, or one for each that is missing or cannot be looked for."""
    found, unknown = [], {}
    for image in PULLED:
        try:
            status = manifest_status(image, session)
        except requests.RequestException as error:
            unknown[image] = type(error).__name__
            continue
        if status == 200:
            found.append(image)
        elif status == 404:
            yield red("images", f"{image} is not in its registry", "write a tag that is there into mesh/images.py")
        else:
            unknown[image] = f"status {status}"
    if found:
        yield green("images", f"{', '.join(found)} can be pulled")
    if unknown:
        reasons = ", ".join(f"{image} ({reason})" for image, reason in unknown.items())
        fix = "\n".join(f"docker pull {image}" for image in unknown)
        yield yellow("images", f"cannot be looked for from here: {reasons}; the cluster may see more", fix)


def manifest_status(image: str, session: requests.Session) -> int:
    """The HTTP status of an image's manifest, asked without a login. Raises RequestException."""
    host, repository, tag = reference(image)
    url = f"https://{host}/v2/{repository}/manifests/{tag}"
    answer = session.head(url, headers={"Accept": _ACCEPT}, timeout=_SECONDS, allow_redirects=True)
    challenge = answer.headers.get("WWW-Authenticate", "")
    if answer.status_code != 401 or not challenge.lower().startswith("bearer"):
        return answer.status_code
    said = dict(_CHALLENGE.findall(challenge))
    realm = said.get("realm", "")
    if not realm.startswith("https://"):
        return answer.status_code
    scope = {"service": said.get("service", ""), "scope": f"repository:{repository}:pull"}
    granted = session.get(realm, params=scope, timeout=_SECONDS)
    if granted.status_code != 200:
        return granted.status_code
    token = granted.json().get("token") or granted.json().get("access_token")
    headers = {"Accept": _ACCEPT, "Authorization": f"Bearer {token}"}
    return session.head(url, headers=headers, timeout=_SECONDS, allow_redirects=True).status_code


def reference(image: str) -> tuple[str, str, str]:
    """Registry, repository and tag of an image's name."""
    name, _, tag = image.rpartition(":")
    host, _, rest = name.partition("/")
    if "." in host or ":" in host:
        return host, rest, tag
    return _DOCKER_HUB, name if "/" in name else f"library/{name}", tag
