"""What people do with the study; each method is one transaction by one actor."""
