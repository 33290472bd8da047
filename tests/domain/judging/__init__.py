"""What a judge is asked, and what its reply is worth."""
