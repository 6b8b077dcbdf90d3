"""`python -m costlib COMMAND`: refuses an old Python in words it can print, then hands over.

Python 3.6 must be able to read this file and costlib/__init__.py: nothing newer is imported
before the version is checked.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (it runs before anything is installed)
    sys.exit(
        "This course needs Python 3.11 or newer and this is Python {}.{}: install a newer one "
        "from python.org or your system's packages, then run the same command with it.".format(
            *sys.version_info[:2]
        )
    )

from costlib.course.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
