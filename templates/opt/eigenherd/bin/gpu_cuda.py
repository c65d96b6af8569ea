"""Opens the cards as a program would that computes: `gpu_cuda.py COUNT PATH...`, for gpu_gate.py, as the engine's user.

The device files PATH, then for each of COUNT cards CUDA's context and some bytes there and back. One line of reason
and exit 1 where that fails. A driver that hangs takes only this process with it.
"""

import ctypes
import os
import sys
from typing import Any

ROUND_TRIP = bytes(range(256)) * 16


class Refused(Exception):
    """What can't be opened, and why."""


def main() -> int:
    try:
        for path in sys.argv[2:]:
            open_node(path)
        if count := int(sys.argv[1]):
            round_trips(count)
    except Refused as error:
        print(error)
        return 1
    return 0


def open_node(path: str) -> None:
    try:
        os.close(os.open(path, os.O_RDWR))
    except OSError as error:
        raise Refused(f"the engine's user cannot open {path}: {error.strerror}") from None


def round_trips(count: int) -> None:
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        raise Refused(f"CUDA's library does not load: {error}") from None

    def call(name: str, *arguments: Any) -> None:
        if code := getattr(cuda, name)(*arguments):
            text = ctypes.c_char_p()
            known = cuda.cuGetErrorName(code, ctypes.byref(text)) == 0 and text.value
            raise Refused(f"CUDA: {name} answers {known.decode() if known else code}")

    found = ctypes.c_int()
    call("cuInit", 0)
    call("cuDeviceGetCount", ctypes.byref(found))
    if found.value < count:
        raise Refused(f"CUDA sees {found.value} of {count} cards")
    for ordinal in range(found.value):
        device, context, there = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64()
        back, size = ctypes.create_string_buffer(len(ROUND_TRIP)), ctypes.c_size_t(len(ROUND_TRIP))
        call("cuDeviceGet", ctypes.byref(device), ordinal)
        call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        call("cuCtxSetCurrent", context)
        call("cuMemAlloc_v2", ctypes.byref(there), size)
        call("cuMemcpyHtoD_v2", there, ROUND_TRIP, size)
        call("cuMemcpyDtoH_v2", back, there, size)
        call("cuMemFree_v2", there)
        call("cuDevicePrimaryCtxRelease_v2", device)
        if back.raw != ROUND_TRIP:
            raise Refused(f"CUDA: card {ordinal} gave back other bytes than it got")


if __name__ == "__main__":
    sys.exit(main())
