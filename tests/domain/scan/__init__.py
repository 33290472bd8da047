"""Tests of the leakage scan."""
