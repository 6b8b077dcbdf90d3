"""Cut a tool's result before it rides along

What a tool returns is sent again in every later call of the run. Keep the beginning and the end,
put the whole into a file, and tell the model where it is: it can read more when it needs to.
"""

import hashlib
from pathlib import Path

HEAD, TAIL = 3_000, 1_000  # characters; look at your own results first


def shortened(result: str) -> str:
    if len(result) < HEAD + TAIL + 200:  # the note would take what is saved
        return result
    data = result.encode()
    path = Path("results") / f"{hashlib.sha256(data).hexdigest()[:12]}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)  # line ends as they came
    left_out = f"\n[{len(result) - HEAD - TAIL:,} characters left out; the whole is in {path}]\n"
    return result[:HEAD] + left_out + result[-TAIL:]
