"""What readers of the same unit have in common: coefficients, overlap of marks, error rates."""
