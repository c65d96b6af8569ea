"""As much of torch as the probes call, on numpy, with cards that can be broken in one bit.

bfloat16 is numpy's float16 here: as wide, though rounded otherwise.
"""

import importlib.util
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy
import pytest

from verify.transport import PROBES


@dataclass(frozen=True)
class DType:
    name: str
    kind: Any

    def __str__(self) -> str:
        return f"torch.{self.name}"


DTYPES = {
    name: DType(name, kind)
    for name, kind in {
        "float64": numpy.float64,
        "float32": numpy.float32,
        "float16": numpy.float16,
        "bfloat16": numpy.float16,
        "int64": numpy.int64,
        "int32": numpy.int32,
    }.items()
}


class Tensor(numpy.ndarray):
    """device: where it lies; torch: the stand-in whose faults apply to it."""

    device = "cpu"
    torch: "FakeTorch | None" = None

    def __array_finalize__(self, other: Any) -> None:
        self.device = getattr(other, "device", "cpu")
        self.torch = getattr(other, "torch", None)

    def __matmul__(self, other: Any) -> "Tensor":
        # Silence: numpy warns of what float16 can't hold, torch doesn't.
        with numpy.errstate(all="ignore"):
            return self._after("matmul", super().__matmul__(other))

    def _after(self, work: str, result: "Tensor") -> "Tensor":
        if self.torch and (fault := self.torch.faults.get((work, self.device))):
            fault(result)
        return result

    def to(self, *to: Any) -> "Tensor":
        with numpy.errstate(all="ignore"):
            found = self.astype(next((t.kind for t in to if isinstance(t, DType)), self.dtype))
        found.device = next((t for t in to if isinstance(t, str)), self.device)
        return found

    def cpu(self) -> "Tensor":
        return self.to("cpu")

    def view(self, kind: Any = None) -> Any:
        return super().view(kind.kind if isinstance(kind, DType) else kind)

    def numel(self) -> int:
        return self.size

    def abs(self) -> "Tensor":
        return numpy.abs(self)

    def nonzero(self) -> "Tensor":
        return numpy.argwhere(numpy.asarray(self)).view(Tensor)

    def copy_(self, source: "Tensor", non_blocking: bool = False) -> "Tensor":
        self[...] = source
        return self._after("copy", self)

    def mul_(self, factor: int) -> None:
        with numpy.errstate(all="ignore"):
            self *= numpy.int64(factor)

    def zero_(self) -> None:
        self[...] = 0


class Generator:
    def __init__(self, device: str = "cpu") -> None:
        self.random = numpy.random.default_rng(0)

    def manual_seed(self, seed: int) -> "Generator":
        self.random = numpy.random.default_rng(seed)
        return self


class OutOfMemoryError(RuntimeError):
    """The card is full."""


@dataclass
class FakeTorch:
    """names: of the cards. free: bytes on each. faults: what happens to a result, by ("matmul" or "copy", device)."""

    names: tuple[str, ...] = ()
    free: int = 0
    faults: dict[tuple[str, str], Callable[[Tensor], None]] = field(default_factory=dict)
    capability: tuple[int, int] = (8, 9)
    __version__: str = "2.15.0+cu132"

    def __post_init__(self) -> None:
        for name, kind in DTYPES.items():
            setattr(self, name, kind)
        self.Generator = Generator
        self.version = SimpleNamespace(cuda="13.2")
        self.cuda = SimpleNamespace(
            OutOfMemoryError=OutOfMemoryError,
            is_available=lambda: bool(self.names),
            device_count=lambda: len(self.names),
            get_device_properties=self.properties,
            get_device_capability=lambda device: self.capability,
            mem_get_info=lambda device: (self.free, 2 * self.free),
            synchronize=lambda *_: None,
            empty_cache=lambda: None,
            can_device_access_peer=lambda i, j: True,
        )

    def properties(self, index: int) -> SimpleNamespace:
        major, minor = self.capability
        return SimpleNamespace(name=self.names[index], uuid=f"uuid-{index}", major=major, minor=minor)

    def made(self, values: Any, dtype: Any = None, device: str = "cpu") -> Tensor:
        found = numpy.ascontiguousarray(values).reshape(numpy.shape(values)).view(Tensor)
        found.torch, found.device = self, device
        return found.to(dtype) if dtype else found

    def tensor(self, values: Any) -> Tensor:
        return self.made(values)

    def empty(self, count: int, dtype: Any = None, device: str = "cpu", pin_memory: bool = False) -> Tensor:
        return self.made(numpy.zeros(count), dtype, device)

    def empty_like(self, other: Tensor) -> Tensor:
        return self.made(numpy.zeros_like(other), None, other.device)

    def ones(self, count: int, dtype: Any = None, device: str = "cpu") -> Tensor:
        return self.made(numpy.ones(count), dtype, device)

    def ones_like(self, other: Tensor) -> Tensor:
        return self.made(numpy.ones_like(other), None, other.device)

    def zeros(self, shape: Any, dtype: Any = None, device: str = "cpu") -> Tensor:
        return self.made(numpy.zeros(shape), dtype, device)

    def arange(self, *ends: int, dtype: Any = None, device: str = "cpu", out: Any = None) -> Tensor:
        values = self.made(numpy.arange(*ends), dtype, device)
        return values if out is None else out.copy_(values)

    def randn(self, *shape: int, generator: Any = None, dtype: Any = None, device: str = "cpu") -> Tensor:
        return self.made((generator or Generator()).random.standard_normal(shape), dtype or DTYPES["float32"], device)

    def randint(
        self, low: int, high: int, shape: Any, generator: Any = None, dtype: Any = None, device: str = "cpu"
    ) -> Tensor:
        return self.made((generator or Generator()).random.integers(low, high, shape), dtype, device)

    def isfinite(self, values: Tensor) -> Any:
        return numpy.isfinite(values)

    def get_num_threads(self) -> int:
        return 2


def flip(bit: int = 21, word: int = 5) -> Callable[[Tensor], None]:
    """One bit of one 32-bit word of a result."""

    def fault(result: Tensor) -> None:
        words = numpy.asarray(result).reshape(-1).view(numpy.int32)
        words[word] ^= numpy.int32(1 << bit)

    return fault


def load(name: str, torch: FakeTorch, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The probe's module, with this torch."""
    monkeypatch.setitem(sys.modules, "torch", torch)  # type: ignore[arg-type]
    spec = importlib.util.spec_from_file_location(f"probe_{name}", PROBES / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def printed(module: ModuleType, asked: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a probe's `main` prints as its last line."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(asked)))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "")
    module.main()
    monkeypatch.undo()
    measured: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return measured
