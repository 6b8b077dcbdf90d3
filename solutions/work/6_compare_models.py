"""Try a cheaper model without labels

For short answers: let both models answer inputs from your log, and have a person judge, without
the models' names, only the answers that differ. With 400 inputs a loss of four points shows.
"""

import json

from openai import OpenAI

client = OpenAI()
MODELS = ("gpt-6.1-sol", "gpt-6-luna")  # the one that you use, and the cheaper one

asked = differ = 0
with (
    open("inputs.jsonl", encoding="utf-8") as inputs,
    open("answers.jsonl", "w", encoding="utf-8") as named,
    open("to_judge.jsonl", "w", encoding="utf-8") as out,
):
    for line in filter(str.strip, inputs):
        text = json.loads(line)["input"]
        answers = {}
        for model in MODELS:
            reply = client.responses.create(model=model, input=text)
            answers[model] = reply.output_text.strip()
        asked += 1
        named.write(json.dumps({"input": text} | answers) + "\n")
        if len(set(answers.values())) > 1:
            differ += 1
            out.write(json.dumps({"input": text, "answers": sorted(answers.values())}) + "\n")
print(f"{differ} of {asked} differ: judge these")
