"""How much memory a model takes, which cards carry it, how fast they answer. Pure: no network, nothing heavy imported.

from plan.sizing import fits, size_of
needed = size_of(catalog.model("llama3.1:8b"), context=8192, users=4)
cards = fits(needed, catalog.gpus())
"""

from plan.sizing.cards import Card, fits
from plan.sizing.size import size, size_of, slots_for
from plan.sizing.value import Device, EngineName, Fit, KvType, Size

__all__ = ["Card", "Device", "EngineName", "Fit", "KvType", "Size", "fits", "size", "size_of", "slots_for"]
