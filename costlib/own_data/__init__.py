"""One's own usage: logs, reports and exports, read into what the course computes on.

The idea: whatever is read is read whole or refused by name, counted once however often it stands
there, and stays on this machine; texts of messages are not kept. `read_calls(path)` finds out what
a file is: a session log of Claude Code, Codex, Gemini CLI, pi, Cline, Roo Code, Kilo Code, Vibe or
Mux (`read_session_log`, for logs of any size), a database of Goose, Hermes, opencode, Kilo Code or
Zed, a usage report of OpenAI or Anthropic (`read_usage_report`), an export of LiteLLM, OpenRouter,
Cursor, Langfuse, LangSmith, Portkey or Helicone, JSON of responses, spans or observations, or any
table by a map of its columns. What was charged comes from `read_cost_report` and `read_charges`, in
exact dollars. `import_calls` writes calls into a ledger, and can be repeated. Units: as in
`costlib.tracking`. Lessons 1, 2, 4 and 8 end with it.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
