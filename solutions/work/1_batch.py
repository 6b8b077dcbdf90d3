"""Send what can wait as a batch

Nightly summaries, tags and reports cost half in a batch. Hand in a dictionary of requests, keep the
id of the job, and ask for the results in the morning: they come in any order, and some may fail.
"""

import json

from openai import OpenAI

client, URL = OpenAI(), "/v1/responses"


def hand_in(requests):  # {your id: the arguments of responses.create}
    lines = [
        json.dumps({"custom_id": name, "method": "POST", "url": URL, "body": body})
        for name, body in requests.items()
    ]
    file = client.files.create(file=("batch.jsonl", "\n".join(lines).encode()), purpose="batch")
    return client.batches.create(input_file_id=file.id, endpoint=URL, completion_window="24h").id


def results(job_id):  # {your id: the response or its error}, or None while it runs
    job = client.batches.retrieve(job_id)
    if job.status not in ("completed", "expired", "cancelled", "failed"):
        return None
    files = [client.files.content(id).text for id in (job.output_file_id, job.error_file_id) if id]
    lines = [json.loads(line) for text in files for line in text.splitlines()]
    return {line["custom_id"]: line for line in lines}
