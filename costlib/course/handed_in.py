"""What a class hands in: the notebooks in folders and zip files, and whose each is.

Hand-in systems put a learner's name and number into the name of a folder or a file; `WHOSE` holds
how. Behind `python -m costlib check` and its gradebook. Units: bytes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from costlib.course.limits import NOTEBOOK_BYTES, ZIP_FILES
from costlib.paths import ROOT

# Model answers, and copies that `reset` kept aside, are nobody's work to be scored.
NOT_HANDED_IN = {"solutions", "kept", "__MACOSX"}

# By system: Moodle's *Download all submissions* (as folders or as files) and Canvas's *Download
# Submissions*. A page that is given back to Moodle keeps the beginning of the name.
WHOSE = (
    re.compile(r"(?P<back>(?P<name>[^_]+)_(?P<id>\d+)_assignsubmission_file_)"),
    re.compile(r"(?P<back>(?P<name>[^\W\d_]+)_(?:LATE_)?(?P<id>\d+)_\d+_)"),
)


@dataclass(frozen=True)
class Handed:
    """A notebook to judge, and whose it is: the folder that it came in, or the file's name.

    `id` is the learner's number at the hand-in system, empty where it gives none; `back` begins the
    name of a page that goes back there; `shown` is the place to name where `path` is a copy.
    """

    path: Path
    learner: str
    id: str = ""
    back: str = ""
    shown: str = ""


def find(what: str, scratch: Path | None = None) -> list[Handed]:
    """The notebooks an argument names: a lesson's number, a file, a folder of files or a zip file.

    Zip files are unpacked into `scratch`, notebooks alone; without it they are taken as files.
    """
    if what.isdecimal():
        own = sorted(ROOT.glob(f"lessons/{int(what):02d}_*.ipynb"))
        return [Handed(path, "") for path in own or [ROOT / f"lessons/{int(what):02d}.ipynb"]]
    place = Path(what)
    if scratch and _is_zip(place):
        found = list(_inside(_unpacked(place, scratch), scratch, place.name))
        return found or [Handed(place, place.stem)]
    if not place.is_dir():
        return [_of(place, (place.name,), "")]
    return list(_inside(place, scratch, "")) or [Handed(place, "")]


def _inside(folder: Path, scratch: Path | None, zipped: str) -> Iterator[Handed]:
    """The notebooks of a folder. Hand-in systems give each learner a folder; Jupyter leaves copies
    in hidden ones. The course's index page has no exercises."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") or part in NOT_HANDED_IN for part in parts):
            continue
        if path.suffix == ".ipynb" and not path.name.startswith("00_"):
            yield _of(path, parts, "/".join((zipped, *parts)) if zipped else "")
        elif scratch and _is_zip(path):
            inner = list(_inside(_unpacked(path, scratch), scratch, path.name))
            for one in inner or [Handed(path, "")]:  # whose the zip file is, all in it is
                mine = _of(path, parts, one.shown)
                yield Handed(one.path, mine.learner, mine.id, mine.back, one.shown)


def _of(path: Path, parts: tuple[str, ...], shown: str) -> Handed:
    for form in WHOSE:
        for part in parts:
            if found := form.match(part):
                return Handed(path, found["name"], found["id"], found["back"], shown)
    return Handed(path, parts[0] if len(parts) > 1 else path.stem, shown=shown)


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip" and path.is_file() and zipfile.is_zipfile(path)


def _unpacked(path: Path, scratch: Path) -> Path:
    """A new folder with the notebooks and zip files of a zip file, each below its limit of bytes.

    What is damaged, too large or beyond the limit of files is left out."""
    folder = scratch / str(sum(1 for _ in scratch.iterdir()))
    folder.mkdir()
    with zipfile.ZipFile(path) as file:
        for entry in file.infolist()[:ZIP_FILES]:
            name = PurePosixPath(entry.filename.replace("\\", "/"))
            unsafe = name.is_absolute() or ".." in name.parts or ":" in entry.filename
            wanted = name.suffix.lower() in (".ipynb", ".zip") and not entry.is_dir()
            if unsafe or not wanted or entry.file_size > NOTEBOOK_BYTES:
                continue
            try:
                content = file.read(entry)
                target = folder.joinpath(*name.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            except (OSError, RuntimeError, ValueError, NotImplementedError, zipfile.BadZipFile):
                continue  # damaged, or locked with a password
    return folder
