from .accounts import RESERVE as RESERVE
from .budget import (
    Budget as Budget,
)
from .budget import (
    Run as Run,
)
from .context import (
    Part as Part,
)
from .context import (
    pack as pack,
)
from .degrade import (
    descend as descend,
)
from .degrade import (
    ladder as ladder,
)
from .limits import Limit as Limit
from .races import (
    GUARDS as GUARDS,
)
from .races import (
    die_while_reserved as die_while_reserved,
)
from .races import (
    race_processes as race_processes,
)
from .races import (
    race_threads as race_threads,
)
from .refusals import (
    Account as Account,
)
from .refusals import (
    BudgetExceeded as BudgetExceeded,
)
from .refusals import (
    BudgetStopped as BudgetStopped,
)
from .refusals import (
    BudgetUnavailable as BudgetUnavailable,
)
from .reservation import Reservation as Reservation
from .runaway import (
    LoopGuard as LoopGuard,
)
from .runaway import (
    RunawayAgent as RunawayAgent,
)
