"""Attackers: programs that hold all that is published and what the strongest attacker knows, and try for more."""
