from .ceilings import ceiling as ceiling
from .economics import (
    Case as Case,
)
from .economics import (
    break_even_units as break_even_units,
)
from .economics import (
    cost_per_resolved as cost_per_resolved,
)
from .economics import (
    own_usd_per_mtok as own_usd_per_mtok,
)
from .estimate import (
    Month as Month,
)
from .estimate import (
    Spread as Spread,
)
from .estimate import (
    conversation as conversation,
)
from .estimate import (
    fit_interval as fit_interval,
)
