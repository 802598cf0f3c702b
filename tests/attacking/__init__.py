"""Weak services, the people they are about, and what an attacker does with them."""
