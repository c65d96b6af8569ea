"""Set-up and upkeep of this checkout: where the pinned tools come from."""
