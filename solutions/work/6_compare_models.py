"""Try a cheaper model without labels

For labels and other short answers: let both models answer inputs from your log, and have a person
judge only the answers that differ. A few hundred inputs show a difference of a few points.
"""

import json
from pathlib import Path

from openai import OpenAI

client = OpenAI()
MODELS = ("gpt-4.1", "gpt-4.1-mini")  # today's, and the cheaper one

inputs = Path("inputs.jsonl").read_text(encoding="utf-8").splitlines()
with open("to_judge.jsonl", "w", encoding="utf-8") as out:
    differ = 0
    for line in inputs:
        text = json.loads(line)["input"]
        answers = {
            model: client.responses.create(model=model, input=text).output_text for model in MODELS
        }
        if len(set(answers.values())) > 1:
            differ += 1
            out.write(json.dumps({"input": text} | answers) + "\n")
print(f"{differ} of {len(inputs)} differ: judge these")
