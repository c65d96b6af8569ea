"""What the catalogue knows: models with their licences, engines, cards, driver branches."""

from plan import catalog
from plan.catalog import hcloud
from plan.catalog.downloads import DownloadRow
from plan.catalog.rows import BoardRow, Row
from tools.docs.markdown import document, table


def page() -> str:
    models = (
        (
            f"`{row.name}`",
            row.title,
            gigabytes(row.size),
            f"{row.context:,}",
            row.licence,
            artifacts(row.name),
            source(row),
        )
        for row in catalog.models()
    )
    licences = (
        (row.name, yes(row.company), yes(row.eu), row.terms, source(row))
        for row in catalog.licences()
        if row.name in {model.licence for model in catalog.models()}
    )
    engines = (
        (f"`{row.name}`", row.version, yes(row.cpu), yes(row.several_models), row.port, source(row))
        for row in catalog.engines()
    )
    gpus = (
        (
            row.name,
            row.vram_gib,
            row.bandwidth_gbs,
            row.architecture.capitalize(),
            row.compute_capability,
            row.tdp_w,
            ", ".join(f"`10de:{device}`" for device in row.pci_ids),
            source(row),
        )
        for row in catalog.gpus()
    )
    archives = (
        (f"`{row.engine}`", row.version, ", ".join(row.devices), gigabytes(row.artifact.size), row.checked, source(row))
        for row in catalog.archives()
    )
    boards = ((row.name, *board(row), source(row)) for row in catalog.boards())
    xids = ((numbers(row.numbers), row.meaning, row.action, source(row)) for row in catalog.xids())
    drivers = ((row.branch, row.kind, row.cuda, row.end_of_life, source(row)) for row in catalog.drivers())
    return document(
        "The catalogue",
        "What `plan/catalog/` knows, each row with its source. *Unconfirmed* rows are general knowledge.",
        "## Models",
        "A file with *public sources* was not downloaded by us: others recorded its sha256 and size in public, and the"
        " download is checked against them before anything is served (`plan/catalog/artifacts/README.md`).",
        table(("model", "title", "size", "context", "licence", "files with a known sha256", "source"), models),
        "## Licences of models",
        "An environment whose `owner` may not run a model is refused, and told which he may.",
        table(("licence", "a company may use it", "in the EU", "terms, in our words", "source"), licences),
        "## Engines",
        table(("engine", "version", "without a GPU", "several models", "port", "source"), engines),
        "Engines that come as an archive, by what they compute on:",
        table(("engine", "version", "for", "size", "its sha256", "source"), archives),
        "## GPUs",
        table(
            (
                "card",
                "VRAM (GiB)",
                "bandwidth (GB/s)",
                "architecture",
                "compute capability",
                "power (W)",
                "PCI device",
                "source",
            ),
            gpus,
        ),
        "## Driver branches",
        "Which driver a card gets on which system: [drivers.md](drivers.md).",
        table(("branch", "kind", "newest CUDA", "end of life", "source"), drivers),
        "## Boards",
        "What a healthy board reports. An empty cell is not known: there a check answers `unsupported`.",
        table(("card", "PCIe", "memory (MiB)", "ECC", "limit (W)", "NVLink", "has no", "source"), boards),
        "## Xid",
        "Errors that the driver writes into the kernel log, and what to do about them.",
        table(("numbers", "meaning", "action", "source"), xids),
        "## Hetzner Cloud",
        "Server types, none with a GPU. `pulumi preview` asks the API for prices first.",
        table(
            ("type", "cores", "memory (GB)", "disk (GB)", "cpu", "built for", "EUR a month", "source"), cloud_types()
        ),
        "Locations; outside Germany only with `leaves_germany: true`:",
        table(("location", "city", "country", "zone", "source"), cloud_locations()),
    )


def cloud_types() -> list[tuple[object, ...]]:
    return [
        (
            f"`{row.name}`",
            row.cores,
            row.memory_gib,
            row.disk_gb,
            row.cpu,
            row.architecture,
            f"{row.monthly_eur:.2f}" if row.monthly_eur else "",
            source(row),
        )
        for row in hcloud.server_types()
    ]


def cloud_locations() -> list[tuple[object, ...]]:
    return [(f"`{row.name}`", row.city, row.country, row.zone, source(row)) for row in hcloud.locations()]


def board(row: BoardRow) -> tuple[str, ...]:
    """What is known; of the memory both sizes where ECC takes some of it."""
    lanes = f" x{row.pcie_width}" if row.pcie_width else ""
    sizes = {"": row.memory_mib, " with ECC": row.memory_ecc_mib}
    if row.memory_mib == row.memory_ecc_mib:
        sizes = {"": row.memory_mib}
    return (
        f"{row.pcie_generation}{lanes}" if row.pcie_generation else "",
        ", ".join(f"{size}{words}" for words, size in sizes.items() if size),
        ", ".join(row.ecc),
        f"{row.power_w or ''}{', partners differ' if row.partners else ''}",
        row.nvlink or "",
        ", ".join(name.replace("_", " ").replace("ecc", "ECC") for name in row.lacks),
    )


def numbers(found: tuple[int, ...]) -> str:
    """1, 2, 3, 7 as 1-3, 7."""
    spans: list[list[int]] = []
    for number in sorted(found):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    return ", ".join(str(span[0]) if len(span) == 1 else f"{span[0]}-{span[-1]}" for span in spans)


def gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def yes(value: bool) -> str:
    return "yes" if value else "no"


def artifacts(model: str) -> str:
    """The engines there is a file for."""
    rows = [row for row in catalog.artifacts() if row.model == model]
    return ", ".join(sorted({f"{engine}{word(row)}" for row in rows for engine in row.engines}))


def word(row: DownloadRow) -> str:
    return "" if row.confirmed else " (public sources)"


def source(row: Row) -> str:
    return f"{row.source}, {row.date}" + ("" if row.confirmed else " (unconfirmed)")
