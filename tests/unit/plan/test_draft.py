"""The file `eigenherd init` writes: what was seen, few settings, and `up` takes it."""

import pytest

from plan import catalog, draft, stackfile
from plan.derive import derive
from plan.errors import SpecError
from plan.machine import Machine

# The key and its fingerprint as `ssh-keygen -l` printed it.
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqK2vQbQ0X6kD0uE0sQ6c1Q5jH5uW4mQmZl9m0o0o0o"
FINGERPRINT = "SHA256:S6xE+1Jmq9NsHB+PhYV4H319y6B3AXCvJLXm9hX0ThY"
SEEN = ["os=debian-12", "memory_mib=32062", "disk_free_mib=800000", "seen_from=192.168.10.7"]


def machine(address: str = "192.168.10.20", port: int = 22) -> Machine:
    return Machine(
        name="main",
        instance="0123",
        state="running",
        address=address,
        ipv6=None,
        private_address=address,
        port=port,
        user="admin",
        sudo=True,
        host_keys=(KEY,),
    )


CASES = {
    "office": draft.render("office", "192.168.10.20", machine(), SEEN),
    "no driver": draft.render("a", "192.168.10.20", machine(), [*SEEN, "gpu=0x2684"]),
    "with driver": draft.render(
        "a", "192.168.10.20", machine(), [*SEEN, "gpu_name=NVIDIA GeForce RTX 4090, 580.95.05"]
    ),
    "unknown card": draft.render("a", "192.168.10.20", machine(), [*SEEN, "gpu_name=NVIDIA GeForce GT 710, 470.1"]),
    "public": draft.render("a", "ki.example.org", machine("2a01:4f8::1", 2222), [*SEEN[:3], "seen_from=2a02:8108::7"]),
    "this": draft.render("a", "this", machine(), [*SEEN[:3], "seen_from=UNKNOWN"]),
}


@pytest.mark.parametrize("case", CASES)
def test_up_takes_the_file_and_it_is_short(case: str) -> None:
    plan = derive(stackfile.read(CASES[case]), "office")
    assert plan.models[0].name == ("qwen3:30b" if case == "with driver" else "smollm2:135m")
    settings = [line for line in CASES[case].splitlines() if line and not line.lstrip().startswith("#")]
    assert len(settings) <= 15


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("office", "# Seen: debian-12, 31.3 GiB of memory, 781 GiB free, no NVIDIA card."),
        ("office", f"host_key: {FINGERPRINT}"),
        ("office", "allow: [192.168.10.0/24]"),
        ("no driver", "RTX 4090 (PCI device 0x2684) without a working driver"),
        ("with driver", "NVIDIA GeForce RTX 4090, driver 580.95.05"),
        ("unknown card", "which the catalogue does not know yet"),
        ("public", "allow: [2a02:8108::7]"),
        ("public", "port: 2222"),
        ("this", "address: this"),
    ],
)
def test_what_was_seen_is_in_the_file(case: str, words: str) -> None:
    assert words in CASES[case]


def test_a_card_serves_as_many_as_ask_at_once_and_for_business() -> None:
    text = CASES["with driver"]
    assert "gpu: RTX 4090" in text
    plan = derive(stackfile.read(text), "office")
    assert plan.models[0].slots >= plan.users
    assert catalog.licence(catalog.model(plan.models[0].name).licence).company


def test_this_computer_needs_no_account_or_key() -> None:
    assert "user:" not in CASES["this"]
    assert "host_key:" not in CASES["this"]


def test_a_machine_without_room_for_any_model_is_refused() -> None:
    with pytest.raises(SpecError):
        draft.render("a", "192.168.10.20", machine(), ["os=debian-12", "memory_mib=900"])
