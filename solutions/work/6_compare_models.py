"""Try a cheaper model without labels

For short answers: let both models answer inputs from your log, and have a person judge, without
the models' names, only the answers that differ. With 400 inputs a loss of four points shows. Set
the effort that you would pay for: what each model reasons is in the output tokens.
"""

import json

from openai import OpenAI

client = OpenAI()
MODELS = {"gpt-6.1-sol": "low", "gpt-6-luna": "none"}  # yours, the cheaper one; their efforts

asked, differ, written = 0, 0, dict.fromkeys(MODELS, 0)
with (
    open("inputs.jsonl", encoding="utf-8") as inputs,
    open("answers.jsonl", "w", encoding="utf-8") as named,
    open("to_judge.jsonl", "w", encoding="utf-8") as out,
):
    for asked, line in enumerate(filter(str.strip, inputs), 1):
        text, answers = json.loads(line)["input"], {}
        for model, effort in MODELS.items():
            reply = client.responses.create(model=model, input=text, reasoning={"effort": effort})
            answers[model] = reply.output_text.strip()
            written[model] += reply.usage.output_tokens
        named.write(json.dumps({"number": asked, "input": text} | answers) + "\n")
        if len(set(answers.values())) > 1:
            differ += 1
            judged = {"number": asked, "input": text, "answers": sorted(answers.values())}
            out.write(json.dumps(judged, ensure_ascii=False) + "\n")  # a person reads it
print(f"{differ} of {asked} differ: judge these; output tokens: {written}")
