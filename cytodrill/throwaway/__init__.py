"""Servers that exist for one run: containers where an engine answers, else programs of this host."""
