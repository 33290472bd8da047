"""Who grades predictions: a protocol and its implementations."""
