"""NVIDIA's repository of driver packages for Debian, stood in for.

Small packages with NVIDIA's names, relations, and maintainer scripts: apt, dpkg, DKMS and the compiler do real work on
them. Relations are as NVIDIA's installation guide and apt's output in public repositories have them; where neither
says anything, a package has no relation.
"""
