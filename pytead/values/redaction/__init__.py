"""Keeps secrets out of what is stored: found by the names and shapes of values, replaced in their frozen bytes."""
