from . import waste as waste
from .calls import OTEL_NAMES as OTEL_NAMES
from .clients import (
    tags as tags,
)
from .clients import (
    track as track,
)
from .export import export_month as export_month
from .heartbeats import unattended as unattended
from .invoice import reconcile_invoice as reconcile_invoice
from .ledger import Ledger as Ledger
from .model_mix import model_change as model_change
from .own_price import (
    cost_by as cost_by,
)
from .own_price import (
    offer as offer,
)
from .periods import period_of as period_of
from .reconciliation import reconcile as reconcile
from .ride_along import riding_results as riding_results
from .showback import allocate as allocate
