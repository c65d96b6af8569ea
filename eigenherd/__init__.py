"""The users' door: one command over Pulumi, deploy and verify."""
