from .clients import connect as connect
from .clients import connect_async as connect_async
from .clients import provider_of as provider_of
from .clock import Clock as Clock
from .failures import Failure as Failure
from .records import Record as Record
from .state import Provider as Provider
from .state import ToolCall as ToolCall
