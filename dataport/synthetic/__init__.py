"""A registration store that lives: people invented with the real shape, then days that pass. Nobody in it exists."""

from __future__ import annotations

from dataport.synthetic.advance import advance
from dataport.synthetic.create import Summary, create
from dataport.synthetic.dirt import Truth
from dataport.synthetic.onboard import onboard
from dataport.synthetic.plan import DEFAULT_SEED, OperationPlan, Plan, plan, plan_some
from dataport.synthetic.seeds import first_phase, operations

__all__ = [
    "DEFAULT_SEED",
    "OperationPlan",
    "Plan",
    "Summary",
    "Truth",
    "advance",
    "create",
    "first_phase",
    "onboard",
    "operations",
    "plan",
    "plan_some",
]
