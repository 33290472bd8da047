"""How answers become numbers: the published rules exactly (compatible) and ours (strict)."""
