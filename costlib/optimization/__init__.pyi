from .prompts import (
    added_tokens as added_tokens,
)
from .prompts import (
    best as best,
)
from .prompts import (
    compressed as compressed,
)
from .prompts import (
    evidence as evidence,
)
from .prompts import (
    example as example,
)
from .prompts import (
    extract as extract,
)
from .prompts import (
    likeness as likeness,
)
from .prompts import (
    minify_json as minify_json,
)
from .prompts import (
    needs as needs,
)
from .prompts import (
    passages as passages,
)
from .prompts import (
    prefix_rate as prefix_rate,
)
from .prompts import (
    sections as sections,
)
from .prompts import (
    typical as typical,
)
from .prompts import (
    usd_a_month as usd_a_month,
)
from .quality import (
    difference as difference,
)
from .quality import (
    share as share,
)
from .routing import (
    MIXTRAL as MIXTRAL,
)
from .routing import (
    PRICED_ON as PRICED_ON,
)
from .routing import (
    looks_wrong as looks_wrong,
)
from .routing import (
    oracle as oracle,
)
from .routing import (
    outcomes as outcomes,
)
from .routing import (
    tried as tried,
)
from .routing import (
    tried_rule as tried_rule,
)
