"""Stage times are read from the lines that set-up and Pulumi print."""

from tools.fresh.stages import stages

PRINTED = """\
set-up: pulumi: compiling: 890 of 1379 packages
set-up: Pulumi CLI ready after 301 s
set-up: local state ready after 0 s
 +  pulumi-python:dynamic:SandboxMachine main creating (0s)
 +  pulumi-python:dynamic:Secret ca created (0.02s)
 +  pulumi-python:dynamic:SandboxMachine main created (218s)
 +  pulumi:pulumi:Stack eigenherd-sandbox created (447s) 131 messages
"""


def test_steps_and_resources_that_took_a_second() -> None:
    assert stages(PRINTED.splitlines(keepends=True)) == [("Pulumi CLI", 301), ("SandboxMachine main", 218)]
