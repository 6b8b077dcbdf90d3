"""Say where the shared part of a prompt ends

For a prompt that begins alike for many requests. Put what changes, even a date, behind the
breakpoint.
"""

from anthropic import Anthropic
from openai import OpenAI

claude, gpt = Anthropic(), OpenAI()


def ask_claude(handbook, question, **more):  # before: system=handbook
    shared = {"type": "text", "text": handbook, "cache_control": {"type": "ephemeral"}}
    said = [{"role": "user", "content": question}]
    return claude.messages.create(system=[shared], messages=said, **more)


def ask_gpt(handbook, question, **more):  # before: instructions=handbook, input=question
    end = {"prompt_cache_breakpoint": {"mode": "explicit"}}  # from gpt-5.6 on
    shared = {"type": "input_text", "text": handbook} | end
    said = [{"role": "system", "content": [shared]}, {"role": "user", "content": question}]
    more = {"prompt_cache_options": {"mode": "explicit"}} | more
    return gpt.responses.create(input=said, **more)
