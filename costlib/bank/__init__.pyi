from .levers import (
    LEVERS as LEVERS,
)
from .levers import (
    bank_plan as bank_plan,
)
from .levers import (
    cheaper_models as cheaper_models,
)
from .levers import (
    local_accuracy as local_accuracy,
)
from .levers import (
    promised as promised,
)
from .levers import (
    with_batch_hits as with_batch_hits,
)
from .report import (
    Report as Report,
)
from .report import (
    Target as Target,
)
from .report import (
    audit as audit,
)
from .report import (
    quick_wins as quick_wins,
)
from .tracked import (
    SHARE as SHARE,
)
from .tracked import (
    incidents as incidents,
)
from .tracked import (
    score as score,
)
from .tracked import (
    tracked_month as tracked_month,
)
from .tracked import (
    wasted_calls as wasted_calls,
)
from .tracked import (
    without_incidents as without_incidents,
)
from .traffic import (
    DAYS as DAYS,
)
from .traffic import (
    FIRST_DAY as FIRST_DAY,
)
from .traffic import (
    HISTORY_WINDOW as HISTORY_WINDOW,
)
from .traffic import (
    INPUT_PARTS as INPUT_PARTS,
)
from .traffic import (
    QUESTIONS_A_DAY as QUESTIONS_A_DAY,
)
from .traffic import (
    RESIZED_SCREENSHOT as RESIZED_SCREENSHOT,
)
from .traffic import (
    answer_locally as answer_locally,
)
from .traffic import (
    as_it_ran as as_it_ran,
)
from .traffic import (
    batch_summaries as batch_summaries,
)
from .traffic import (
    bill as bill,
)
from .traffic import (
    cache_prefix as cache_prefix,
)
from .traffic import (
    handbook as handbook,
)
from .traffic import (
    month as month,
)
from .traffic import (
    prefix_length as prefix_length,
)
from .traffic import (
    questions as questions,
)
from .traffic import (
    resize_screenshots as resize_screenshots,
)
from .traffic import (
    screenshot_file as screenshot_file,
)
from .traffic import (
    shorten_prompts as shorten_prompts,
)
from .traffic import (
    stop_waste as stop_waste,
)
from .traffic import (
    tools as tools,
)
from .traffic import (
    trace as trace,
)
