"""ollama_store: what it asks Ollama for each wanted model, and what it does not accept."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from deploy.template import TEMPLATES

MAKER = TEMPLATES / "opt/eigenherd/bin/ollama_store.py"


class Ollama:
    """Answers /api/create and /api/show. known: the chat template it finds itself."""

    def __init__(self, known: str = "{{ .Prompt }}") -> None:
        self.template, self.asked = known, {}

    def post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        if url.endswith("/api/show"):
            return {"template": self.template}
        self.asked = body
        self.template = body.get("template", self.template)
        return {"status": "success"}


def create(engine: Ollama, **model: Any) -> None:
    maker = runpy.run_path(str(MAKER))
    maker["create"].__globals__["post"] = engine.post
    told = {"name": "a:1b", "path": "/models/a-1b.gguf", "sha256": "ab" * 32, "system": "", "template": ""}
    maker["create"]("http://127.0.0.1:1", {**told, "parameters": {"num_ctx": 4096}, **model})


def test_a_template_that_comes_beside_the_file_is_handed_over(tmp_path: Path) -> None:
    template = tmp_path / "a.template"
    template.write_text("<|start|>{{ .Prompt }}<|end|>„ä“", encoding="utf-8")
    create(engine := Ollama(), template=str(template))
    assert engine.asked["template"] == "<|start|>{{ .Prompt }}<|end|>„ä“"
    assert engine.asked["files"] == {"a-1b.gguf": f"sha256:{'ab' * 32}"}


def test_without_one_ollama_looks_into_the_file() -> None:
    create(engine := Ollama(known="<|im_start|>{{ .Prompt }}"))
    assert "template" not in engine.asked


def test_a_model_nobody_can_talk_to_is_refused() -> None:
    with pytest.raises(RuntimeError, match="no chat template"):
        create(Ollama())
