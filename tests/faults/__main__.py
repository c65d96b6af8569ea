"""`python -m tests.faults`: fails when the rows of docs/faults.json and the cases differ."""

import sys

from tests.faults import rows

if wrong := rows.missing():
    print("\n".join(wrong), "  -> make faults KIND=name, for the kinds above", sep="\n", file=sys.stderr)
    sys.exit(1)
