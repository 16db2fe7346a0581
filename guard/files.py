"""One side as it was read: contracts, tables and samples of every domain, and the contract of the lake."""

from dataclasses import dataclass
from pathlib import Path

from mesh.contracts.model import Contract
from mesh.contracts.read import declared_domains, read_contracts, read_shared_contract
from mesh.names import EVENTS, DomainName
from seed.sources import Source, find_sources

CONTRACT = "contract.yaml"


@dataclass
class Files:
    """One side as it was read."""

    folder: Path
    contracts: dict[DomainName, Contract]
    texts: dict[str, str]
    sources: dict[DomainName, Source]
    shared: Contract | None

    def of(self, domain: str) -> Contract | None:
        return self.shared if domain == EVENTS else self.contracts.get(DomainName(domain))


def read(folder: Path) -> Files:
    """One side, whole. Raises ContractError, CommandError or RefusedNameError with what is wrong with it."""
    domains = folder / "domains"
    names = declared_domains(domains)
    shared = domains / EVENTS / CONTRACT
    contracts = read_contracts(domains, names)
    lake = read_shared_contract(domains) if shared.is_file() else None
    # after they were read as contracts, which says what is wrong with a file that is no UTF-8
    texts = {str(name): (domains / name / CONTRACT).read_text(encoding="utf-8") for name in names}
    if lake:
        texts[EVENTS] = shared.read_text(encoding="utf-8")
    return Files(
        folder,
        contracts,
        texts,
        dict(zip(names, find_sources(names, folder=domains), strict=True)),
        lake,
    )
