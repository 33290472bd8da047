"""The only package that speaks SQL: domain values go in and come out."""
