"""What an engine is known not to do, with the reason: seen missing, it is reported as unsupported.

Whatever is not listed here, an engine must do.
"""

MISSING: dict[str, dict[str, str]] = {
    "ollama": {"over_context": "it shortens a prompt that is too long, without a word"},
}


def missing(engine: str, feature: str) -> str | None:
    """Why the engine lacks the feature; None if it must have it."""
    return MISSING.get(engine, {}).get(feature)
