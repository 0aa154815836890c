"""A small office, whose functions get values that are hard to read in a test."""
