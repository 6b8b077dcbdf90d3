"""Signing in at the workshop's hub: whom a typed name means, and a password for each seat."""

from __future__ import annotations

import importlib.util
import stat

import pytest

from costlib.paths import ROOT

SOURCE = ROOT / ".jupyterhub" / "passwords.py"
spec = importlib.util.spec_from_file_location("hub_passwords", SOURCE)
passwords = importlib.util.module_from_spec(spec)
spec.loader.exec_module(passwords)
SEATS = {f"learner-{number:02}" for number in range(1, 31)}


@pytest.mark.parametrize(
    ("typed", "seat"),
    [
        ("learner-01", "learner-01"), ("learner-1", "learner-01"), ("LEARNER-01", "learner-01"),
        ("Learner-1", "learner-01"), (" learner-30 ", "learner-30"), ("learner1", "learner-01"),
        ("Learner 7", "learner-07"), ("learner-030", "learner-30"), ("learner-100", "learner-100"),
        ("root", "root"), ("learner-0", "learner-0"), ("learner-1x", "learner-1x"), ("", ""),
        ("learner-²", "learner-²"), ("learner-" + "1" * 9_999, "learner-" + "1" * 9_999),
    ],
)  # fmt: skip
def test_a_seat_is_known_however_a_phone_or_a_hurry_writes_it(tmp_path, typed, seat):
    assert passwords.seat_of(typed) == seat
    assert passwords.seat_of(seat) == seat  # the hub asks more than once on the way
    made = passwords.seat_passwords(tmp_path / "passwords", SEATS)
    right = passwords.is_right(made, passwords.seat_of(typed), made.get(seat))
    assert right == (seat in SEATS)


def test_a_line_written_by_hand_is_that_seat_s(tmp_path):
    path = tmp_path / "passwords"
    path.write_text("Learner-1 own-word\n")
    assert passwords.seat_passwords(path, SEATS)["learner-01"] == "own-word"


def test_each_seat_has_its_own_and_keeps_it(tmp_path):
    path = tmp_path / "passwords"
    made = passwords.seat_passwords(path, SEATS)
    assert set(made) == SEATS and len(set(made.values())) == 30
    assert all(len(each) == 12 and set(each) <= set(passwords.LETTERS) for each in made.values())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text().replace(made["learner-07"], "changed-by-hand")
    path.write_text(text)
    path.chmod(0o644)
    again = passwords.seat_passwords(path, SEATS | {"learner-31"})
    assert again.pop("learner-31") not in made.values()
    assert again == {**made, "learner-07": "changed-by-hand"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_only_the_right_password_opens_a_seat(tmp_path):
    made = passwords.seat_passwords(tmp_path / "passwords", SEATS)
    assert passwords.is_right(made, "learner-01", made["learner-01"])
    for seat, given in [
        ("learner-01", made["learner-02"]), ("learner-01", ""), ("learner-01", None),
        ("root", ""), ("root", made["learner-01"]), ("learner-01", "\ud800"),
    ]:  # fmt: skip
        assert not passwords.is_right(made, seat, given)


@pytest.mark.parametrize("line", ["learner-01", "learner-01 two words"])
def test_a_line_that_is_no_seat_is_named(tmp_path, line):
    path = tmp_path / "passwords"
    path.write_text(f"\n{line}\n")
    with pytest.raises(ValueError, match="line 2: write a seat and its password"):
        passwords.seat_passwords(path, SEATS)
