"""One's own usage: reports and exports of the vendors, read into what the course computes on.

The idea: whatever is read is read whole or refused by name, and stays on this machine. Units: as
in `costlib.tracking`. Lessons 1, 2, 4 and 8 end with it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
