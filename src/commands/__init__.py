"""The verbs of manage.py, grouped by what they are about; each calls one service."""
