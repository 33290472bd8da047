"""The rules of the field as frozen values and pure functions; knows no file, database or screen."""
