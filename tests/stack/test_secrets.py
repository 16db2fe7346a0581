"""No password is where somebody could read it by accident."""

import subprocess
from pathlib import Path

from tests.stack.checkout import Checkout, leaks


def test_the_search_finds_a_secret_that_is_there(secrets: set[str]):
    assert leaks(f"x{next(iter(secrets))}y", secrets) == 1


def test_what_make_up_prints_has_no_secret(mesh: Checkout, secrets: set[str]):
    assert leaks((mesh.folder / "first-up.log").read_text(), secrets) == 0


def test_the_state_is_encrypted(mesh: Checkout, secrets: set[str]):
    files = [path for path in (mesh.local / "state").rglob("*") if path.is_file()]
    assert files, "there is no state to look at"
    for path in files:
        assert leaks(path.read_text(errors="replace"), secrets) == 0, f"{path} shows a secret"


def test_logs_have_no_secret(mesh: Checkout, secrets: set[str]):
    logs = [*(mesh.local / "logs").glob("*"), *(mesh.local / "pulumi").rglob("*.log")]
    assert any("sales" in path.name for path in logs), "PostgreSQL's log is not there"
    for path in logs:
        text = path.read_text(errors="replace")
        assert leaks(text, secrets) == 0, f"{path} shows a secret"
        assert "SCRAM-SHA-256$" not in text, f"{path} shows what a password is checked against"


def test_config_maps_have_no_secret(mesh: Checkout, secrets: set[str]):
    files = [path for path in (mesh.local / "kubernetes").rglob("configmap/**/*") if path.is_file()]
    assert any(path.name == "sales.properties" for path in files), f"the catalogs are not among {len(files)} files"
    for path in files:
        assert leaks(path.read_text(), secrets) == 0, f"{path} shows a secret"


def test_outputs_are_masked_unless_asked_for(mesh: Checkout, secrets: set[str]):
    for words in (("stack", "output"), ("stack", "output", "--json"), ("stack", "export")):
        assert leaks(mesh.must("pulumi", *words), secrets) == 0, f"pulumi {' '.join(words)} shows a secret"


def test_process_arguments_have_no_secret(mesh: Checkout, secrets: set[str]):
    shown = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert "trino" in shown, "the servers are not in the list"
    assert leaks(shown, secrets) == 0


def test_files_with_secrets_are_their_owners_alone(mesh: Checkout, secrets: set[str]):
    assert mesh.local.stat().st_mode & 0o077 == 0, "others may enter .local"
    readable: list[Path] = []
    for path in mesh.local.rglob("*"):
        if path.is_file() and not path.is_symlink() and "postgres" not in path.parts and path.stat().st_size < 2**20:
            open_to_others = path.stat().st_mode & 0o077
            if open_to_others and leaks(path.read_text(errors="replace"), secrets):
                readable.append(path)
    assert not readable


def test_descriptors_of_servers_hold_no_secret(mesh: Checkout, secrets: set[str]):
    files = list((mesh.local / "servers").glob("*.json"))
    assert len(files) >= 4
    for path in files:
        assert leaks(path.read_text(), secrets) == 0, f"{path} shows a secret"
