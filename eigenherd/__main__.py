"""The `eigenherd` command: every sub-command in a line or two, the work in the rooms."""

import sys
from subprocess import CalledProcessError
from typing import Annotated

import typer
from rich.console import Console

from plan.errors import EigenherdError
from plan.sizing import command as sizing
from plan.worth.command import worth

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
catalogue = typer.Typer(no_args_is_help=True, help="What the catalogue knows.")
app.add_typer(catalogue, name="catalog")
app.command()(worth)
sizing.register(app)
Name = Annotated[str, typer.Argument(help="The environment, which is the stack's name.")]
On = Annotated[str, typer.Option("--on", help="as of a day, YYYY-MM-DD; today without it")]


@app.command()
def up(name: Name = "sandbox") -> None:
    """Bring an environment up to a verified answer."""
    from eigenherd.up import up

    raise typer.Exit(up(name))


@app.command()
def down(name: Name = "sandbox") -> None:
    """Destroy what `up` made; an existing machine keeps what it had before."""
    from eigenherd.up import down

    raise typer.Exit(down(name))


@app.command()
def verify(
    name: Name = "sandbox",
    stage: Annotated[str, typer.Option(help="watch (seconds), full, or disruptive (reboots)")] = "full",
    parts: Annotated[str, typer.Option(help="only checks of these parts, comma-separated")] = "",
) -> None:
    """Check a running environment again, and write a report."""
    from eigenherd.stages import verify

    raise typer.Exit(verify(name, stage, parts))


@app.command()
def status(name: Name = "sandbox") -> None:
    """Whether its machines, services and gateway are there, in seconds and disturbing nobody."""
    from eigenherd.stages import verify

    raise typer.Exit(verify(name, "watch", ""))


@app.command()
def explain(name: Name = "sandbox") -> None:
    """Each choice the plan makes for an environment, with its reason."""
    from eigenherd.explain import explain

    raise typer.Exit(explain(name, Console(highlight=False)))


@app.command()
def init(
    name: Name,
    host: Annotated[str, typer.Option(help="address of the machine, or `this`")],
    user: Annotated[str, typer.Option(help="who to log in as")] = "root",
    port: Annotated[int, typer.Option(help="SSH port")] = 22,
    host_key: Annotated[str, typer.Option(help="SHA256:... of the machine's host key")] = "",
    identity: Annotated[str, typer.Option(help="path of the private key, where it is not one of SSH's own")] = "",
) -> None:
    """Look at a machine, change nothing, and write an environment file that `up` takes."""
    from eigenherd.init import init

    init(name, host, user, port, host_key, identity)


@app.command()
def preflight(
    target: Annotated[str, typer.Argument(help="an environment, or a machine: user@address, `this`")],
    gpu: Annotated[str, typer.Option(help="the card it should have, where there is no environment")] = "none",
    gpus: Annotated[int, typer.Option(help="how many of them")] = 1,
    port: Annotated[int, typer.Option(help="SSH port")] = 22,
    host_key: Annotated[str, typer.Option(help="SHA256:... of the machine's host key")] = "",
    identity: Annotated[str, typer.Option(help="path of the private key, where it is not one of SSH's own")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="print the whole report as JSON, and nothing else")] = False,
) -> None:
    """Whether a machine could be used as it is, with every reason at once; changes nothing on it."""
    from eigenherd.preflight import Reached, preflight

    raise typer.Exit(preflight(target, Reached(gpu, gpus, port, host_key, identity), as_json))


@app.command()
def drill(
    name: Name = "sandbox",
    history: Annotated[bool, typer.Option("--history", help="show the drills there were; drill nothing")] = False,
) -> None:
    """Destroy the machines of an environment marked `drill:`, rebuild and verify them, and keep the evidence."""
    from eigenherd.drill import drill, show_history

    raise typer.Exit(show_history(name) if history else drill(name))


manifest = typer.Typer(no_args_is_help=True, help="What is on machines, compared; and the lock to make it again.")
app.add_typer(manifest, name="manifest")


@manifest.command()
def compare(
    one: Annotated[str, typer.Argument(help="an environment, or environment/machine")],
    other: Annotated[str, typer.Argument(help="another one")],
) -> None:
    """Two machines: what was planned must be equal, updates of the system are listed."""
    from eigenherd.manifest.commands import compare

    raise typer.Exit(compare(one, other))


@manifest.command()
def lock(
    name: Name = "sandbox",
    into: Annotated[str, typer.Option(help="mirror folder that gets the files; by default .eigenherd/mirror")] = "",
) -> None:
    """Write down every Debian package the deployment installed, by sha256, and keep the files."""
    from eigenherd.manifest.commands import lock

    raise typer.Exit(lock(name, into))


@app.command()
def client(name: Name = "sandbox") -> None:
    """The people and programs with a key: where each one's header file and the CA lie."""
    from eigenherd.stages import clients

    clients(name)


@app.command()
def offers(on: On = "") -> None:
    """Machines to rent and cards to buy, with price, place and day; a stale price says so."""
    from eigenherd.market import show_offers
    from plan.catalog.age import day

    show_offers(day(on), Console(highlight=False))


@catalogue.command("check")
def check_catalogue(on: On = "") -> None:
    """Stale prices, pins whose support has ended, versions with known holes; exit 1 if there are any."""
    from eigenherd.market import check
    from plan.catalog.age import day

    raise typer.Exit(check(day(on), Console(highlight=False, soft_wrap=True)))


def main() -> None:
    try:
        app()
    except (EigenherdError, OSError, CalledProcessError) as error:
        if not isinstance(error, EigenherdError):
            from eigenherd.foreign import as_refusal

            error = as_refusal(error)
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(error), style="red", markup=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
