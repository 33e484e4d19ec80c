"""Servers for demo and tests: what this machine misses is installed, and what no registry serves is built."""
