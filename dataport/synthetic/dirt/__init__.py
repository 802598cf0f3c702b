"""dirt: mistakes as real registers have them, at known rates, each written down where the store does not know of it."""

from __future__ import annotations

from dataport.synthetic.dirt.plant import GAP, plant
from dataport.synthetic.dirt.truth import Truth

__all__ = ["GAP", "Truth", "plant"]
