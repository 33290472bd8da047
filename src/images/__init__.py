"""Decode images safely, keep their pixels exactly, store and find them again by content."""
