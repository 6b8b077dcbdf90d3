from . import waste as waste
from .calls import OTEL_NAMES as OTEL_NAMES
from .clients import (
    tags as tags,
)
from .clients import (
    track as track,
)
from .ledger import Ledger as Ledger
from .periods import period_of as period_of
from .reconciliation import reconcile as reconcile
