"""The NVIDIA card; skipped, and never passed, where the plan has none."""
