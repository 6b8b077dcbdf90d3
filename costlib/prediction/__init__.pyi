from .acceptance import (
    EDITS as EDITS,
)
from .acceptance import (
    PREDICTED as PREDICTED,
)
from .acceptance import (
    PREDICTS as PREDICTS,
)
from .acceptance import (
    compare as compare,
)
from .acceptance import (
    edits as edits,
)
from .acceptance import (
    request as request,
)
from .acceptance import (
    ways as ways,
)
from .edit_formats import (
    FORMATS as FORMATS,
)
from .edit_formats import (
    WHOLE as WHOLE,
)
from .edit_slips import (
    SLIPS as SLIPS,
)
from .edit_slips import (
    malformed as malformed,
)
from .edit_slips import (
    outcome as outcome,
)
