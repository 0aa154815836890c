"""A small shop: a catalogue, a basket, prices with discounts, and orders."""
