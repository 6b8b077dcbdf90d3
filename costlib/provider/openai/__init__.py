"""OpenAI on the offline provider: Chat Completions, Responses, batches, embeddings, models."""
