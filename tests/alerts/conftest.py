"""This room's rules are tried on a day of their own."""

from recorded_day import recorded_day  # noqa: F401
