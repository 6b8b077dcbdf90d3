"""What OpenAI keeps for an organisation: its files and its list of models.

A batch is sent as a file and comes back as one. Lesson 1 uploads one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from costlib.pricing.prices import Model, models
from costlib.provider.errors import ApiError
from costlib.provider.ids import KINDS, end_of, own_names
from costlib.provider.paging import one, openai_page
from costlib.provider.rules import invalid, known_model, not_served
from costlib.provider.state import Provider, StoredFile
from costlib.provider.transport import Call

_MONTH = 30 * 86_400  # seconds that a batch file lives


def create_file(call: Call) -> dict[str, Any]:
    """POST /v1/files, a form with `purpose` and `file`; the same upload twice is one file."""
    fields = _form(call.content_type, call.content)
    purpose = fields.get("purpose", ("", b""))[1].decode()
    if "file" not in fields or not purpose:
        missing = "purpose" if "file" in fields else "file"
        raise ApiError(400, f"'{missing}' is a required property", param=missing)
    filename, content = fields["file"]
    if purpose == "batch" and not filename.endswith(".jsonl"):
        # Observed: BerriAI/litellm pull request 37527.
        raise ApiError(400, "Invalid file format for Batch API. Must be .jsonl")
    if purpose not in ("batch", "assistants", "fine-tune", "vision", "user_data", "evals"):
        raise invalid("purpose", purpose, "'batch'")
    if purpose != "batch":
        raise not_served(f"files for the purpose {purpose!r}")
    return store(call.provider, filename, content, purpose)


def list_files(call: Call) -> dict[str, Any]:
    """GET /v1/files, newest first, of one `purpose` or of all."""
    wanted = one(call.query, "purpose")
    infos = [file.info for file in call.provider.files.values()]
    kept = [info for info in infos if wanted in (None, info["purpose"])]
    return openai_page(kept, call.query, order="desc", limit=10_000, most=10_000)


def retrieve_file(call: Call) -> dict[str, Any]:
    """GET /v1/files/{id}."""
    return _file(call).info


def delete_file(call: Call) -> dict[str, Any]:
    """DELETE /v1/files/{id}; a batch that has not been validated yet will miss it."""
    _file(call)
    del call.provider.files[call.name]
    return {"id": call.name, "object": "file", "deleted": True}


def file_content(call: Call) -> bytes:
    """GET /v1/files/{id}/content."""
    return _file(call).content


def _file(call: Call) -> StoredFile:
    if call.name not in call.provider.files:
        raise ApiError(404, f"No such File object: {call.name}", param="id")
    return call.provider.files[call.name]


def store(provider: Provider, filename: str, content: bytes, purpose: str) -> dict[str, Any]:
    """Keep a file, and give what `files.retrieve` shows of it; equal files are one."""
    key = provider.digest("file", filename, content.decode("latin-1"), purpose)[:24]
    info: dict[str, Any] = {
        "id": f"file-{key}",
        "object": "file",
        "bytes": len(content),
        "created_at": provider.clock.timestamp,
        "expires_at": provider.clock.timestamp + _MONTH,
        "filename": filename,
        "purpose": purpose,
        "status": "processed",
        "status_details": None,
    }
    provider.files[info["id"]] = StoredFile(info, content)
    return info


def _form(content_type: str, content: bytes) -> dict[str, tuple[str, bytes]]:
    """The fields of a multipart form: name -> (file name or "", content)."""
    _, _, boundary = content_type.partition("boundary=")
    if not boundary:
        raise ApiError(400, "We could not parse your multipart form.")
    fields = {}
    for part in content.split(b"--" + boundary.strip('"').encode())[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        words = head.decode().replace("\r\n", ";").split(";")
        named = dict(word.strip().split("=", 1) for word in words if "=" in word)
        filename = named.get("filename", "").strip('"')
        fields[named.get("name", "").strip('"')] = (filename, value.removesuffix(b"\r\n"))
    return fields


# --- Models --------- -------------------------------------------------------------------------


def list_models(call: Call) -> dict[str, Any]:
    """GET /v1/models: OpenAI's models that can be called on the virtual day, snapshots too."""
    today = call.provider.clock.now.date()
    infos = [
        _model_info(model, name)
        for model in models("openai", at=today)
        for name in (own_names("openai", model) if model.kind in KINDS else [model.id])
        if today < (end_of("openai", name, model) or date.max)
    ]
    return {"object": "list", "data": infos}


def retrieve_model(call: Call) -> dict[str, Any]:
    """GET /v1/models/{id}."""
    return _model_info(known_model(call.provider, "openai", {"model": call.name}), call.name)


def _model_info(model: Model, name: str) -> dict[str, Any]:
    """A model as OpenAI lists it; `created` is 0 where the release date is not known."""
    released, end = model.released, end_of("openai", name, model)
    created = datetime.combine(released, time(), UTC).timestamp() if released else 0
    return {
        "id": name,
        "object": "model",
        "created": int(created),
        "owned_by": "openai",
        "shutdown_date": end.isoformat() if end else None,
    }
