"""The only door: who gets in, and to what."""
