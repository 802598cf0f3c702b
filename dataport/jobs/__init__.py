"""What runs unattended: the refresh and what it is made of, and the state of a home."""
