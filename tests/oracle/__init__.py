"""A slow, obvious oracle: what the answer must be, by loops over rows. It knows no database and no plan."""

from oracle.answers import Expected, ExpectedTotal, answer
from oracle.refusals import NotAllowed

__all__ = ["Expected", "ExpectedTotal", "NotAllowed", "answer"]
