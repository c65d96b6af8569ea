"""`make setup`: everything this checkout needs, made once. Started by whatever Python there is."""

import sys

from tools import interpreter

if __name__ == "__main__":
    interpreter.ensure()
    from tools.steps import main  # only now: older Pythons could not read it

    sys.exit(main())
