"""How a virtual environment is installed: from the lock's hashes, and from where the plan says."""

import pytest

from deploy.python import pip_options, script
from plan.plan import PackageSources, PythonEnvironment

WANTED = PythonEnvironment(
    name="torch", version="2.0", lock="torch.txt", lock_sha256="ab" * 32, download_mib=1, installed_mib=1
)


def test_only_wheels_with_the_locked_hashes() -> None:
    options = pip_options(PackageSources())
    assert {"--require-hashes", "--only-binary", "--no-cache-dir"} <= set(options)
    assert options[options.index("--only-binary") + 1] == ":all:"
    assert not {"--no-index", "--index-url", "--proxy"} & set(options)


@pytest.mark.parametrize("mirror", ["/srv/mirror", "https://mirror.example.org/eigenherd/"])
def test_a_mirror_is_the_only_source(mirror: str) -> None:
    options = pip_options(PackageSources(mirror=mirror, pip_index="https://index.example.org/simple"))
    assert "--no-index" in options and "--index-url" not in options
    assert options[options.index("--find-links") + 1] == f"{mirror.rstrip('/')}/wheels/"


def test_the_link_moves_only_after_the_last_step() -> None:
    lines = script(WANTED, "/opt/eigenherd/torch", "/tmp/x/lock", PackageSources()).splitlines()  # noqa: S108
    assert lines[0] == "set -eu"
    steps = [
        next(at for at, line in enumerate(lines) if word in line) for word in ("keep_only", "pip install", "mv -fT")
    ]
    assert steps == sorted(steps) and steps[-1] == len(lines) - 1


def test_a_half_made_one_goes_whatever_happens() -> None:
    lines = script(WANTED, "/opt/eigenherd/torch", "/tmp/x/lock", PackageSources()).splitlines()  # noqa: S108
    [made] = [at for at, line in enumerate(lines) if "mktemp" in line]
    assert any(line.startswith('keep_only "') for line in lines[:made]) and lines[made + 1].startswith(
        "trap 'keep_only"
    )


def test_a_mirror_over_plain_http_is_trusted_for_the_hashes() -> None:
    options = pip_options(PackageSources(mirror="http://10.0.0.1:8080/mirror"))
    assert options[options.index("--trusted-host") + 1] == "10.0.0.1"
    assert "--trusted-host" not in pip_options(PackageSources(mirror="/srv/mirror", pip_index="https://i.example.org"))


def test_a_disk_too_small_is_named_before_anything_is_made() -> None:
    lines = script(WANTED, "/opt/eigenherd/torch", "/tmp/x/lock", PackageSources()).splitlines()  # noqa: S108
    [refused] = [at for at, line in enumerate(lines) if "257 MiB free in" in line]
    assert refused < next(at for at, line in enumerate(lines) if "mktemp" in line)
