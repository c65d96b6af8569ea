"""What the planned version of an engine was seen not to do: it is reported as unsupported, with the reason.

Whatever is not listed here, an engine must do.
"""

MISSING: dict[str, dict[str, str]] = {
    "ollama": {
        "over_context": "it shortens a prompt that is too long, without a word",
        "logprobs": "its OpenAI layer documents none for chat completions",
    },
}


def missing(engine: str, feature: str) -> str | None:
    """Why the engine lacks the feature; None if it must have it."""
    return MISSING.get(engine, {}).get(feature)


def maps_models(engine: str, device: str) -> bool:
    """Whether a running engine is bound to have its model's file open; others load late, or copy and close it."""
    return (engine, device) == ("llama_cpp", "cpu")
