"""Whether everybody in a home is invented: what lets people in without a key may stand open there, and nowhere else."""

from __future__ import annotations

from dataport.errors import Refused
from dataport.landing import Landing
from dataport.settings import Settings
from dataport.store import is_invented


def require_invented(settings: Settings) -> None:
    """Refuse a home in which anything has come from a store that was not made by `register create`.

    It goes by what has landed, permissions too, and not by the settings: what is no longer read is still there.

    Raises:
        Refused: some may be real people.
        Damaged: a ledger entry cannot be read, so that nobody knows.
    """
    landing = Landing(settings.landing)
    known = [(one.source_id, one.store_identity) for one in (*landing.batches(), *landing.grants())]
    real = {source for source, identity in known if not is_invented(identity)}
    real |= {one.source_id for one in settings.sources} - {source for source, _ in known}
    if real or not known:
        which = f"({', '.join(sorted(real))}) were" if real else "of it was"
        raise Refused(
            f"The demo's service lets in whoever follows a link, so it serves invented people only, and stores of this "
            f"home {which} not made by `dataport register create` as it is now. Give another --home, or have one made "
            "with `make serve-demo`."
        )
