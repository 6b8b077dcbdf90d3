from . import figures as figures
from .amounts import money as money
