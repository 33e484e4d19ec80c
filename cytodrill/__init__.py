"""The engine: reads backup sets, restores them into throwaways, counts, compares. Knows nothing of pytest."""
