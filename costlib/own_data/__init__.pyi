from .calls import (
    read_calls as read_calls,
)
from .calls import (
    read_charges as read_charges,
)
from .cost_reports import (
    read_cost_report as read_cost_report,
)
from .imports import (
    Imported as Imported,
)
from .imports import (
    import_calls as import_calls,
)
from .lines import (
    Problem as Problem,
)
from .sessions import (
    SessionLog as SessionLog,
)
from .sessions import (
    read_session_log as read_session_log,
)
from .usage_reports import (
    read_usage_report as read_usage_report,
)
