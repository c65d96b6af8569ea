"""Environments as a user writes them, to be varied by the tests."""

from typing import Any

import pytest


@pytest.fixture
def sandbox() -> dict[str, Any]:
    return {"machine": {"provider": "sandbox"}, "models": ["smollm2:135m"], "clients": ["demo"]}


@pytest.fixture
def office() -> dict[str, Any]:
    return {
        "machine": {"provider": "existing", "address": "192.168.10.20", "user": "admin", "memory_gib": 64},
        "gpu": "RTX 4090",
        "models": ["gpt-oss:20b"],
        "gateway": {"allow": ["192.168.10.0/24"]},
        "clients": ["demo"],
    }
