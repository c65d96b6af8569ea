"""What the catalogue knows: models with their licences, engines, cards, driver branches."""

from plan import catalog
from plan.catalog.rows import Row
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
    engines = (
        (f"`{row.name}`", row.version, yes(row.gpu), yes(row.several_models), row.port, source(row))
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
    drivers = ((row.branch, row.kind, row.cuda, row.end_of_life, source(row)) for row in catalog.drivers())
    return document(
        "The catalogue",
        "What `plan/catalog/` knows, each row with its source. *Unconfirmed* rows are general knowledge.",
        "## Models",
        table(("model", "title", "size", "context", "licence", "files with a known sha256", "source"), models),
        "## Engines",
        table(("engine", "version", "GPU", "several models", "port", "source"), engines),
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
    )


def gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def yes(value: bool) -> str:
    return "yes" if value else "no"


def artifacts(model: str) -> str:
    return ", ".join(sorted({engine for row in catalog.artifacts() if row.model == model for engine in row.engines}))


def source(row: Row) -> str:
    return f"{row.source}, {row.date}" + ("" if row.confirmed else " (unconfirmed)")
