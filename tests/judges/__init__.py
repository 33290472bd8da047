"""Judges: addresses, stored replies, patience."""
