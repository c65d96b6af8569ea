"""Which of the lines that a failed command printed is the reason, and what to do about it.

A command's last line often is not: apt ends with "Unable to fetch some archives", dpkg with its exit code.
"""

import re

FULL = "the machine's disk is full: {}; see `df -h` there and make room"

# The first that is found counts; what is in parentheses goes into the sentence.
CAUSES = [
    (r"^(the SSH connection ended.*)", "{}"),
    (r"^(\S+ \S+ does not build for this kernel: .*)", "{}"),
    (r"^(\S+ cannot be configured: .*)", "{}"),
    (r"^(.*No space left on device.*)", FULL),
    (r"^(llama\.cpp does not (?:compile|start|unpack|go on): .*)", "{}"),
    (
        r"^E: (You don't have enough free space in \S+)",
        FULL,
    ),
    (
        r"^(?:E: |ERROR: )?(.*(?:Temporary failure resolving|Temporary failure in name resolution"
        r"|Name or service not known|Could not resolve).*)",
        "no name server answers the machine: {}; see its /etc/resolv.conf",
    ),
    (
        r"^(.*)\ndpkg: error processing (.*) \(--\w+\):\n (.*)",
        "{1} says: {0}; {2}; mend or remove it on the machine",
    ),
    (r"^E: Failed to fetch (\S+) +(.*)", "apt got {}: {}; is the package source whole? `packages.apt` names another"),
    (
        r"^E: (The repository .* does not have a Release file)",
        "{}: is it the right `packages.apt`?",
    ),
    (r"^E: ((?:Unable to acquire|Could not get) .*lock.*)", "{}; see what it is doing there (`ps aux`)"),
    (
        r"^ERROR: THESE PACKAGES DO NOT MATCH THE HASHES.*\n\s+(\S+)(?:.*\n)+?\s+Expected sha256 (\w+)"
        r"(?:.*\n)+?\s+Got +(\w+)",
        "{}: sha256 {} is locked, {} was found: its source gives another file",
    ),
    (
        r"^ERROR: Could not install requirement (\S+) from (\S+).* because of HTTP error (.*?) for url",
        "{0} is not to be had: {2}: {1}",
    ),
    (
        r"^ERROR: No matching distribution found for (\S+)",
        "{} is in none of the places asked, or they did not answer: see `packages.mirror` and `packages.pip_index`",
    ),
    (r"^ERROR: (HTTP error .*)", "pip got {}"),
    (r"^(.*: found .*)\n\s+-> (.*)", "{}: {}"),
    (r"^WARNING: Location '(.*)' is ignored", "no wheels in {}: see `packages.mirror`"),
]
PATTERNS = [(re.compile(pattern, re.MULTILINE), sentence) for pattern, sentence in CAUSES]


def reason(text: str) -> str:
    """One line, for the summary."""
    for pattern, sentence in PATTERNS:
        if found := pattern.search(text):
            return sentence.format(*(part.strip() for part in found.groups()))
    return (text.strip().splitlines() or ["no reason was given"])[-1].strip()
