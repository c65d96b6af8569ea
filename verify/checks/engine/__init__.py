"""The inference server behind the gateway."""
