"""How a question is asked: plan, lower, seal, run. It compiles nothing but a ScopedQuestion."""

from dataport.engine.derived_columns import HIDDEN
from dataport.engine.emptiness import why_empty
from dataport.engine.exact import NotExact
from dataport.engine.failures import EngineFailed
from dataport.engine.finish_change import DoesNotAddUp, finish_change
from dataport.engine.lower import lower
from dataport.engine.own_file import OwnFile
from dataport.engine.planner import plan
from dataport.engine.run import Figures, RawAnswer
from dataport.engine.seal import Statement, UnsealedError, seal
from dataport.engine.unknown_values import unknown_values
from dataport.engine.unmet_values import unmet_values
from dataport.engine.words import explain

__all__ = [
    "HIDDEN",
    "DoesNotAddUp",
    "EngineFailed",
    "Figures",
    "OwnFile",
    "RawAnswer",
    "Statement",
    "UnsealedError",
    "explain",
    "NotExact",
    "lower",
    "plan",
    "seal",
    "finish_change",
    "unknown_values",
    "unmet_values",
    "why_empty",
]
