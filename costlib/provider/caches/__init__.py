"""The prompt caches of the offline provider: what is written, read and forgotten, at what price."""
