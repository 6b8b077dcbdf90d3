from .conditions import (
    Anomaly as Anomaly,
)
from .conditions import (
    BurnRate as BurnRate,
)
from .conditions import (
    ForecastToExceed as ForecastToExceed,
)
from .conditions import (
    Threshold as Threshold,
)
from .conditions import (
    delay as delay,
)
from .conditions import (
    false_alarms as false_alarms,
)
from .conditions import (
    fires as fires,
)
from .conditions import (
    hourly as hourly,
)
from .conditions import (
    usual as usual,
)
from .conditions import (
    without_price as without_price,
)
from .delivery import Messenger as Messenger
from .forecast import runs_out as runs_out
from .webhook import Webhook as Webhook
