"""What fields mean, how sensitive they are, and which members they have: policy as data, read from the seeds."""

from dataport.dictionary.codes import SYSTEMS, UNLISTED, CodeList, CodeLists, Reading, folded
from dataport.dictionary.limits import disclosure_limit, extract_limit, look_limit, retention_limit
from dataport.dictionary.seeds import project_root, read_seed, seed_path
from dataport.dictionary.sensitivity import RECORDS_ONLY, code_lists_of_fields, sensitivities

__all__ = [
    "RECORDS_ONLY",
    "SYSTEMS",
    "UNLISTED",
    "CodeList",
    "CodeLists",
    "Reading",
    "code_lists_of_fields",
    "disclosure_limit",
    "extract_limit",
    "look_limit",
    "retention_limit",
    "folded",
    "project_root",
    "read_seed",
    "seed_path",
    "sensitivities",
]
