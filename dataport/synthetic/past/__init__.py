"""past: the years before a store's last day, as superseded versions, later stamps and events.

Everything is worked out backwards from the rows as they are in the end: a version is the final row with the later
changes undone. So the years before cannot lead anywhere else.
"""

from __future__ import annotations

from dataport.synthetic.past.story import Past, past_of

__all__ = ["Past", "past_of"]
