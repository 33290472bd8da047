"""Coefficients, overlap of marks and error rates: published values, laws, real ratings."""
