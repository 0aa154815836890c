"""Looks for secrets in what is on the disk: recorded calls, tests and data files."""
