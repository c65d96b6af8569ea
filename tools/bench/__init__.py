"""`make bench`: what the work costs, and how it stands beside the ways that are known. One measurement a file."""


class BenchError(Exception):
    """There is nothing to measure yet, or it is not what it should be."""
