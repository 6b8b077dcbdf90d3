"""Ask for the change instead of the file

Use it where clearly less than half of a file changes. `apply` refuses an answer whose quote is not
in the file exactly once. Then ask for the whole file.
"""

import re

from openai import OpenAI

client = OpenAI()
ASK = """Answer with blocks and nothing else. A block is:
<<<<<<< SEARCH
lines of the file, quoted exactly, enough of them to stand in one place only
=======
the lines that stand there afterwards
>>>>>>> REPLACE"""
BLOCK = re.compile(r"<{7} SEARCH\n(.*?\n)={7}\n(.*?)>{7} REPLACE", re.S)


def apply(file, answer):
    blocks = BLOCK.findall(answer)
    if not blocks or len(blocks) != answer.count("<<<<<<< SEARCH"):
        raise ValueError("the answer has no block, or one that does not end")
    for old, new in blocks:
        if file.count(old) != 1:
            raise ValueError(f"what the answer quotes stands {file.count(old)} times in the file")
        file = file.replace(old, new)
    return file


def edit(model, file, task):
    reply = client.responses.create(model=model, instructions=ASK, input=f"{task}\n\n{file}")
    return apply(file, reply.output_text)
