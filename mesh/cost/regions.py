"""The price tables of the regions in which a mesh may be.

AWS publishes each service's prices by region as a file, which names the day of its publication:
https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonRDS/current/eu-west-3/index.json
`noted` is the month in which such a file was read, or quoted with its date. docs/recipes.md says how to add a region.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from mesh.brief import brief
from mesh.cost.prices import PRICES, Price

Prices = Mapping[str, Price]

EVERYWHERE = (
    "public address", "secret", "alarm", "dashboard", "large dashboard", "transfer out", "processor credits",
    "metric reads", "catalog objects",
)  # fmt: skip
"""What costs the same in all of these regions."""
_PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov", "us-iso": "aws-iso", "us-isob": "aws-iso-b"}
"""By the beginning of a region: its partition, where that is not `aws`."""


def _region(**noted: dict[str, float]) -> Prices:
    """A region's table, from what costs something else than in us-east-1, by the month (`m2026_10`) it was noted in."""
    own = {
        name: replace(PRICES[name], usd=usd, noted=month[1:].replace("_", "-"))
        for month, found in noted.items()
        for name, usd in found.items()
    }
    return {name: own.get(name, PRICES[name]) for name in PRICES if name in own or name in EVERYWHERE}


def _t4g(small: float) -> dict[str, float]:
    """Within this family the price follows the size."""
    return {"t4g.micro": small / 2, "t4g.small": small, "t4g.medium": small * 2}


REGIONS: Mapping[str, Prices] = {
    "us-east-1": PRICES,
    "us-east-2": _region(
        m2026_09={"lake storage": 0.023, "lake writes": 0.005},
        m2026_10={"db.t4g.micro": 0.016, "database disk": 0.115, "logs": 0.50},
    ),
    "us-west-2": _region(
        m2026_08={"db.t4g.micro": 0.016, "database disk": 0.115},
        m2026_09={"lake storage": 0.023, "lake writes": 0.005, "logs": 0.50},
        m2026_10={"t3.micro": 0.0104, "t3.small": 0.0208, "t3.medium": 0.0416, "workbench disk": 0.08},
    ),
    "ca-central-1": _region(
        m2026_09={
            **{"db.t4g.micro": 0.018, "database disk": 0.127, "logs": 0.55},
            **{"lake storage": 0.025, "lake writes": 0.0055},
        },
    ),
    "eu-west-1": _region(
        m2026_07={"db.t4g.micro": 0.017, "db.t4g.small": 0.035, "database disk": 0.127},
        m2026_08={**_t4g(0.0184), "workbench disk": 0.088},
        m2026_09={"lake storage": 0.023, "lake writes": 0.005, "logs": 0.57},
    ),
    "eu-west-3": _region(
        m2026_10={
            **{"db.t4g.micro": 0.018, "database disk": 0.133, "logs": 0.5985},
            **{"lake storage": 0.024, "lake writes": 0.0053},
            **_t4g(0.0188),
            "workbench disk": 0.0928,
        },
    ),
    "eu-central-1": _region(
        m2026_08={"db.t3.micro": 0.021, **_t4g(0.0192), "workbench disk": 0.0952},
        m2026_09={
            **{"db.t4g.micro": 0.019, "db.t4g.small": 0.037, "database disk": 0.137, "logs": 0.63},
            **{"lake storage": 0.0245, "lake writes": 0.0054},
        },
    ),
}
"""By region: the price table. A size of database or workbench that is not in it has no known price there."""


def refusal(region: str) -> str | None:
    """Why a mesh cannot be in this region, or None."""
    if region in REGIONS:
        return None
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]", region):
        return f"{brief(region)} is not an AWS region"
    for beginning, partition in _PARTITIONS.items():
        if region.startswith(f"{beginning}-"):
            return (
                f"{region} is in the partition {partition}, with an account, prices and names of its own; "
                "the policies of the mesh name resources of the partition `aws`"
            )
    return (
        f"the price tables (mesh/cost/regions.py) have no {region}, so that no budget could be kept; "
        f"they have {', '.join(REGIONS)}. docs/recipes.md says how to add one"
    )


def instance_classes(region: str) -> tuple[str, ...]:
    """The database classes with a price in this region."""
    return tuple(name for name in REGIONS.get(region, PRICES) if name.startswith("db."))


def workbench_types(region: str) -> tuple[str, ...]:
    """The workbench's instance types with a price in this region."""
    return tuple(name for name in REGIONS.get(region, PRICES) if name.startswith("t") and "." in name)
