"""The reading room: our own viewer, case text and text field components."""
