from .exports import (
    read_cost_report as read_cost_report,
)
from .exports import (
    read_usage_report as read_usage_report,
)
