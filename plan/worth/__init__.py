"""Is it worth it? What a machine costs over months, against hosted models and seats. Pure: no network, no clock.

from plan.worth import Assumptions, judge, machines
worth = judge(size, machines(size, assumptions)[0], assumptions)
"""

from plan.worth.judge import judge
from plan.worth.machines import machines
from plan.worth.value import Assumptions, Comparison, Cost, Means, Verdict, Worth

__all__ = ["Assumptions", "Comparison", "Cost", "Means", "Verdict", "Worth", "judge", "machines"]
