"""Anthropic on the offline provider: Messages, token counts, batches, models, reports."""
