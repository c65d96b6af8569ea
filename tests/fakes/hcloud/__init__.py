"""A stand-in for the Hetzner Cloud API, made from its public reference and judged by its official Python client.

    python -m tests.fakes.hcloud --books FOLDER --port N

The folder holds `books.json` (all that exists; it survives a kill), `traffic.jsonl` (every request and answer) and,
where a test wants faults, `control.json` (see `control`). Nothing here was ever compared with the real API.
"""
