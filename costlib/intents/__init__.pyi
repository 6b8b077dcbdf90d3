from .local import (
    ACCURACY as ACCURACY,
)
from .local import (
    CONFIDENCE as CONFIDENCE,
)
from .local import (
    local_step as local_step,
)
from .neighbours import (
    Votes as Votes,
)
from .neighbours import (
    at_least as at_least,
)
from .neighbours import (
    labelled as labelled,
)
from .neighbours import (
    nearest as nearest,
)
from .neighbours import (
    sentence_vectors as sentence_vectors,
)
from .neighbours import (
    threshold_for as threshold_for,
)
from .neighbours import (
    vote as vote,
)
from .tfidf import TfIdf as TfIdf
