"""Starts vLLM so that it can compile some of its kernels: the program of engine `vllm`.

CUDA's compiler is among its own packages, in a place and with names of libraries that linkers do not look for. Then
this becomes vLLM, with the arguments that it was given.
"""

import os
import sys
from pathlib import Path

DRIVER = Path("/usr/lib/x86_64-linux-gnu/libcuda.so.1")


def main() -> None:
    home = Path(sys.prefix)
    vllm = str(home / "bin" / "vllm")
    os.execve(  # noqa: S606 (no shell is wanted)
        vllm, [vllm, *sys.argv[1:]], {**os.environ, **compiler(home, Path(os.environ["VLLM_CACHE_ROOT"]) / "libraries")}
    )


def compiler(home: Path, links: Path) -> dict[str, str]:
    """Where it is, and what it links with; nothing, where there is none."""
    folders = sorted(home.glob("lib/python3*/site-packages/nvidia/cu1[0-9]"))
    if not folders:
        return {}
    cuda = folders[-1]
    links.mkdir(parents=True, exist_ok=True)
    runtime = sorted((cuda / "lib").glob("libcudart.so.*"))
    for name, library in {"libcudart.so": runtime[-1], "libcuda.so": DRIVER}.items():
        (links / name).unlink(missing_ok=True)
        (links / name).symlink_to(library)
    return {"CUDA_HOME": str(cuda), "LIBRARY_PATH": f"{links}:{cuda / 'lib'}"}


if __name__ == "__main__":
    main()
