"""What gives an item's answer away: names, acronyms, phrases, genes, treatments and tests."""
