"""A handover that is shown, or wrong, gives no secret away."""

import pytest

from plan.errors import SpecError
from plan.machine import Handover, Secrets

SECRETS = {"ca_certificate": "-", "ca_key": "planted-1", "certificate": "-", "certificate_key": "planted-2"}


def test_secrets_are_in_no_representation() -> None:
    secrets = Secrets(**SECRETS, clients={"demo": "planted-3"}, ssh_key="planted-4")
    assert "planted" not in repr(secrets) + str(secrets)
    assert "planted-4" in secrets.model_dump_json()


def test_a_wrong_handover_is_refused_by_its_fields_alone() -> None:
    with pytest.raises(SpecError) as raised:
        Handover.parse('{"folder": 7, "secrets": {"ca_key": "planted-1", "clients": "planted-3"}}')
    assert "secrets.clients" in str(raised.value) and "planted" not in str(raised.value)
    assert raised.value.__cause__ is None
