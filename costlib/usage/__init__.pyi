from .envelopes import named_model as named_model
from .read import read_usage as read_usage
from .read import reported_cost as reported_cost
from .record import COUNTS as COUNTS
from .record import Usage as Usage
