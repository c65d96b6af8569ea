"""`python -m plan size MODEL...`: the questions that the plan answers without an environment."""

import sys

import typer

from plan.errors import EigenherdError
from plan.sizing.command import register

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
register(app)


def main() -> None:
    try:
        app()
    except (EigenherdError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
