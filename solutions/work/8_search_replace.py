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


def apply(file, answer):
    blocks = re.findall(r"<{7} SEARCH\n(.*?\n)={7}\n(.*?)>{7} REPLACE", answer, re.S)
    if not blocks or len(re.findall("^[<=>]{7}( |$)", answer, re.M)) != 3 * len(blocks):
        raise ValueError("the answer has no block, or a marker too many")
    for old, new in blocks:
        parts = re.split("^" + re.escape(old), file, flags=re.M)  # whole lines, their indent too
        if len(parts) != 2:
            raise ValueError(f"what the answer quotes stands {len(parts) - 1} times in the file")
        file = new.join(parts)
    return file


def edit(model, file, task):
    reply = client.responses.create(model=model, instructions=ASK, input=f"{task}\n\n{file}")
    return apply(file, reply.output_text)
