from .read import read_usage as read_usage
from .record import Usage as Usage
