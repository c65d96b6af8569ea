"""Whether a machine of one's own is worth it: in the terminal, as JSON, and as a page."""
