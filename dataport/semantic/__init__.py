"""What can be asked: definitions become a Catalog; a Request is resolved against it to a Question."""

from dataport.semantic.load import DEFINITIONS, load_catalog
from dataport.semantic.model import Catalog
from dataport.semantic.nearest import nearest, suggesting
from dataport.semantic.period import DateRange, RelativePeriod, parse_day, parse_ends, parse_period
from dataport.semantic.question import Question
from dataport.semantic.request import OrderBy, Request, parse_comparison, parse_subtotal
from dataport.semantic.resolve import breaks_down, goes_with, listings, resolve
from dataport.semantic.resolve_change import resolve_change
from dataport.semantic.search import Found, search
from dataport.semantic.timeline import Horizon, Period, Timeline

__all__ = [
    "DEFINITIONS",
    "Catalog",
    "DateRange",
    "Found",
    "Horizon",
    "OrderBy",
    "Period",
    "Question",
    "RelativePeriod",
    "Request",
    "Timeline",
    "breaks_down",
    "goes_with",
    "listings",
    "load_catalog",
    "nearest",
    "parse_comparison",
    "parse_day",
    "parse_ends",
    "parse_period",
    "parse_subtotal",
    "resolve",
    "resolve_change",
    "search",
    "suggesting",
]
