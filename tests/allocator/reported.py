"""What llama.cpp's own allocator reports for a file, read off its log. The engine is the one the sandbox serves with.

Weights: loaded as in service, mapped, so that no byte of the file is read. Cache and compute buffer: reserved without
being allocated (`no_alloc`), which ends in a crash once everything is said; a process of its own is killed before that.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = """
import ctypes, json, os, sys, tempfile, xllamacpp
wish = json.loads(sys.argv[1])
chosen = xllamacpp.CommonParams()
chosen.model.path, chosen.n_ctx, chosen.n_parallel = wish["path"], wish["context"] * wish["slots"], wish["slots"]
chosen.n_gpu_layers, chosen.fit_params, chosen.warmup, chosen.ui, chosen.use_jinja = 0, False, False, False, False
chosen.cache_ram_mib, chosen.cache_idle_slots, chosen.verbosity = 0, False, 4
kind = getattr(xllamacpp.ggml_type, "GGML_TYPE_" + wish["kv"].upper())
chosen.cache_type_k = chosen.cache_type_v = kind
chosen.no_extra_bufts = not wish["repack"]
if wish["reserve"]:
    chosen.no_alloc, chosen.load_mode = True, xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    process = ctypes.CDLL(None)
    process.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
    process.signal(11, ctypes.cast(process.pause, ctypes.c_void_p))  # wait, so that the log is written
chosen.hostnames = [tempfile.mkdtemp(dir=wish["folder"]) + "/s.sock"]
xllamacpp.Server(chosen)
"""
LAST = {True: "sched copies", False: "constructing llama_context"}
MOST_S = 600


@dataclass(frozen=True)
class Buffers:
    """In MiB, with two decimals, as the log has them."""

    kv: float
    compute: float


class Refused(Exception):
    """llama.cpp did not take the file; its last words."""


def buffers(path: Path, context: int, slots: int = 1, kv: str = "f16") -> Buffers:
    log = _log(path, context, slots, kv, reserve=True)
    sizes = _sum(r"llama_(?:kv_cache|memory_recurrent)\S*: size = +([\d.]+) MiB", log)
    return Buffers(sizes, _sum(r" compute buffer size = +([\d.]+) MiB", log))


def weights(path: Path) -> float:
    """The model's own. A processor that computes on another order of the weights keeps a second copy: see repacked."""
    return _sum(r"CPU(?:_Mapped)? model buffer size = +([\d.]+) MiB", _log(path, 256, 1, "f16", reserve=False))


def repacked(path: Path) -> float:
    return _sum(r"CPU_REPACK model buffer size = +([\d.]+) MiB", _log(path, 256, 1, "f16", reserve=False, repack=True))


def _sum(pattern: str, log: str) -> float:
    found = re.findall(pattern, log)
    if not found:
        told = [line for line in log.splitlines() if "error" in line.lower() or "assert" in line.lower()]
        raise Refused("; ".join(told[:3]) or log[-300:])
    return sum(map(float, found))


def _log(path: Path, context: int, slots: int, kv: str, reserve: bool, repack: bool = False) -> str:
    wish = {"path": str(path), "context": context, "slots": slots, "kv": kv, "reserve": reserve, "repack": repack}
    wish["folder"] = str(path.parent)
    command = ["timeout", str(MOST_S), sys.executable, "-c", PROGRAM, json.dumps(wish)]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            lines.append(line)
            if LAST[reserve] in line:
                break
        process.terminate()
    return "".join(lines)
