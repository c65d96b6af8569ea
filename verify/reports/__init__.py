"""The forms of a report: terminal, JSON, JUnit XML, one self-contained HTML page."""
