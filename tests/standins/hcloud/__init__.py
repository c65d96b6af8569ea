"""A stand-in for Pulumi's hcloud plugin, where the real one is not to be had. It proves nothing about the real one."""
