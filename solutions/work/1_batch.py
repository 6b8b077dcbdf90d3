"""Send what can wait as a batch

Nightly summaries and reports cost half in a batch. Hand in a dictionary of requests, and ask
for the results by the job's id in the morning. They come in any order, and some may fail.
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
    if job.status == "failed":  # the file has a mistake, so nothing was answered
        raise RuntimeError(f"batch {job_id} failed: {job.errors}")
    if job.status not in ("completed", "expired", "cancelled"):
        return None
    files = [client.files.content(id).text for id in (job.output_file_id, job.error_file_id) if id]
    lines = [json.loads(line) for text in files for line in text.splitlines()]
    return {line["custom_id"]: line for line in lines}
