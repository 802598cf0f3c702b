"""cube: builds the protected cube of a month, audits it, and says how it is. No row of anybody leaves it."""
