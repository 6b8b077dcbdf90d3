from .cost import (
    Cost as Cost,
)
from .cost import (
    cost_of as cost_of,
)
from .price_book import (
    AS_OF as AS_OF,
)
from .price_book import (
    TIERS as TIERS,
)
from .price_book import (
    RateCard as RateCard,
)
from .prices import (
    day_cards as day_cards,
)
from .prices import (
    find_model as find_model,
)
from .prices import (
    list_prices as list_prices,
)
from .prices import (
    models as models,
)
from .prices import (
    price_periods as price_periods,
)
from .prices import (
    rate_card as rate_card,
)
from .prices import (
    role as role,
)
from .prices import (
    roles as roles,
)
from .table import cost_table as cost_table
