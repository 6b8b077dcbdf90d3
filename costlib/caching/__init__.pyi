from .multiples import (
    cache_prices as cache_prices,
)
from .multiples import (
    hit_rate_to_pay as hit_rate_to_pay,
)
from .multiples import (
    length_to_pay as length_to_pay,
)
from .multiples import (
    pings_to_pay as pings_to_pay,
)
from .multiples import (
    reuses_to_pay as reuses_to_pay,
)
from .replays import (
    foreseen as foreseen,
)
from .replays import (
    mooncake as mooncake,
)
from .replays import (
    one_prefix as one_prefix,
)
from .replays import (
    replay as replay,
)
from .response_cache import (
    Worth as Worth,
)
from .response_cache import (
    curve as curve,
)
from .response_cache import (
    exact as exact,
)
from .response_cache import (
    similar as similar,
)
