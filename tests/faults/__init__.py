"""Faults on purpose: each is injected on a real machine, the next run is to mend it, and a table says so.

A kind of fault is a module `test_<kind>.py` with `CASES`: the fault in words -> what injects it. One case is
one row of docs/faults.md. `make test` runs each kind's `SAMPLE`; `make faults` runs all of them
(`KIND=name` one kind) and writes the rows down.
"""
