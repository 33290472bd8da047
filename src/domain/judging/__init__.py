"""What a judge is asked about one criterion of one answer, and what its reply is worth; pure."""
