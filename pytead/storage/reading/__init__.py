"""Reads a store back; nothing here is imported while a program is recorded."""
