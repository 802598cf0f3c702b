"""What fields mean, how sensitive they are, and which members they have: policy as data, read from the seeds."""

from dataport.dictionary.codes import CodeList, CodeLists
from dataport.dictionary.limits import disclosure_limit, extract_limit
from dataport.dictionary.seeds import project_root, read_seed, seed_path
from dataport.dictionary.sensitivity import RECORDS_ONLY, sensitivities

__all__ = [
    "RECORDS_ONLY",
    "CodeList",
    "CodeLists",
    "disclosure_limit",
    "extract_limit",
    "project_root",
    "read_seed",
    "seed_path",
    "sensitivities",
]
