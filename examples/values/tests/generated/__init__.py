"""Tests that Pytead made from calls that a running program made."""
