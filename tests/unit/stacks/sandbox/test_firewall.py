"""The stack's nftables table, as text."""

from stacks.sandbox import bystander, firewall, forwarding

TEXT = firewall.ruleset("eigenherd_office_84d86e19", "eh-84d86e19", "10.86.25.0/24")


def rules(chain: str) -> list[str]:
    inside = TEXT.split(f"chain {chain} {{")[1].split("}")[0]
    return [line.strip() for line in inside.splitlines() if line.strip()]


def test_loading_replaces_the_table_in_one_transaction() -> None:
    first, second = TEXT.splitlines()[:2]
    assert (first, second) == (
        "table inet eigenherd_office_84d86e19",
        "delete table inet eigenherd_office_84d86e19",
    )


def test_only_answers_come_in_from_elsewhere() -> None:
    assert rules("forward")[1:] == [
        'iifname "eh-84d86e19" oifname "eh-84d86e19" accept',
        'oifname "eh-84d86e19" ct state established,related accept',
        'oifname "eh-84d86e19" drop',
    ]


def test_what_goes_out_leaves_as_this_computer() -> None:
    assert rules("postrouting")[1:] == ['ip saddr 10.86.25.0/24 oifname != "eh-84d86e19" masquerade']


def test_an_uplink_switched_on_for_us_forwards_nobody_elses_connections() -> None:
    assert "iifname @switched_on ct state new ct status & dnat == 0 drop" in forwarding.RULESET


def test_other_firewalls_are_asked_for_the_way_out_and_answers_only() -> None:
    out, back = bystander.rules("eh-84d86e19")
    assert out == ["-i", "eh-84d86e19", "-j", "ACCEPT"]
    assert "RELATED,ESTABLISHED" in back
