"""Somebody else's machine, taken over SSH."""
