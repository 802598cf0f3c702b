"""What a case was on a day. It reads through door 2 and holds no rule of access of its own."""

from dataport.history.fields import label_of, meaning_of
from dataport.history.show import Section, Shown, show_case, shown_at

__all__ = ["Section", "Shown", "label_of", "meaning_of", "show_case", "shown_at"]
