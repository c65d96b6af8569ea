"""Machines on this computer: Debian trees booted by systemd-nspawn, with their own systemd, sshd and network.

A plain library and command (`python -m stacks.sandbox`); it knows neither Pulumi nor what will be installed.
"""
