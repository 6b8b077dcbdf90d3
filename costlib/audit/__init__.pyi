from .result import Audit as Audit
from .result import audit as audit
