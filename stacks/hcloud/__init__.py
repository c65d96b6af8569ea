"""What a stack has in Hetzner Cloud, one thing a file. Never run against the real API: see docs/adr/0017."""
