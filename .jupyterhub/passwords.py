"""The seats of a workshop, as people type them, and a password for each.

The passwords are in a file that only the hub's own account can read. It has a line a seat, its
name and its password with a space between. Print it, cut it into slips, hand each learner one.
Seats that it lacks are added, and nothing else in it is changed, so that a password may be replaced
by editing its line (and starting the hub again).
"""

import os
import re
import secrets
from pathlib import Path

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # no l and 1, no o and 0: people type these
LENGTH = 12  # 31 to the power of 12 is 59 bits; the hub answers a few tries a second


def seat_of(typed):
    """The seat that somebody means: Learner-1, as a phone writes it, is learner-01."""
    name = typed.strip().lower()
    found = re.fullmatch(r"learner[-_ ]?0*([1-9][0-9]{0,3})", name)
    return f"learner-{int(found[1]):02}" if found else name


def seat_passwords(path, seats):
    """Seats and their passwords, those that were missing made and written.

    Raises ValueError for a line that is no seat and password.
    """
    path = Path(path)
    found = {}
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        parts = line.split()
        if len(parts) != 2:
            raise ValueError(
                f"{path}, line {number}: write a seat and its password, as learner-01 x"
            )
        found[seat_of(parts[0])] = parts[1]
    missing = [seat for seat in sorted(seats) if seat not in found]
    for seat in missing:
        found[seat] = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    if missing:
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(f"{seat} {password}\n" for seat, password in found.items())
        new.replace(path)
    path.chmod(0o600)
    return found


def is_right(passwords, seat, given):
    """Whether a seat's password was given; as slow for a wrong one as for a right one."""
    known = passwords.get(seat, "")
    same = secrets.compare_digest(known.encode(), (given or "").encode("utf-8", "replace"))
    return bool(known) and same
