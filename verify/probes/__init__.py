"""Measurements: self-contained scripts that are copied to a machine, run there and removed."""
