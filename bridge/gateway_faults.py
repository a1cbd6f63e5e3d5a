"""How the wallet's API breaks its rules on request: which request gets which fault."""

from __future__ import annotations

import threading
from typing import Literal, TypeAlias, get_args

import msgspec

from bridge.errors import SetupError, nearest
from bridge.exchange import OPERATIONS, Operation
from bridge.outcomes import MAX_DELAY
from bridge.script import Place

__all__ = ["FAULTLESS", "Fault", "FaultName", "FaultRule", "Faults"]

FaultName: TypeAlias = Literal["expired", "used", "unknown", "limited", "cut", "forged"]
"""What goes wrong:

expired   the code or token expires now, and is refused for that
used      the code or refresh token is said to have been used before; nothing changes
unknown   the outcome is said to be unknown (U); nothing changes
limited   there were too many requests; nothing changes
cut       what was asked for is done, and the connection is cut before the answer
forged    what was asked for is done, and the answer's signature is wrong
"""

_PLATFORM_NAMES: dict[str, Operation] = {
    "revoke": "cancelToken",
    "query": "queryToken",
    "alipay.system.oauth.token": "applyToken",
    "alipay.user.info.share": "inquiryUserInfo",
}
"""What platforms call an operation that has another name here."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong with one request; with neither name nor delay, nothing."""

    name: FaultName | None = None
    delay: float = 0
    """Seconds by which the answer comes later, whatever it is."""

    def __str__(self) -> str:
        words = [repr(self.name)] if self.name else []
        return ", ".join([*words, f"delay={self.delay:g}"] if self.delay else words or ["None"])


FAULTLESS = Fault()


class FaultRule(msgspec.Struct, eq=False, kw_only=True):
    """What one `once`, `always` or fault of a `sequence` says."""

    operation: Operation
    fault: Fault
    verb: Literal["once", "sequence", "always"]
    """The word with which it was written."""
    place: Place
    used: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is to be used once, and was not yet."""
        return self.verb != "always" and not self.used

    def check(self) -> None:
        """Make sure that there can be such a fault.

        Raises:
            SetupError: There cannot.
        """
        name, delay = self.fault.name, self.fault.delay
        if self.operation not in OPERATIONS:
            ours = _PLATFORM_NAMES.get(str(self.operation))
            known = f"{nearest(str(self.operation), OPERATIONS)} (there are {', '.join(OPERATIONS)})"
            hint = f"; it is {ours!r} here" if ours else known
            raise SetupError(f"{self.verb}: the wallet's API has no {self.operation!r}{hint}")
        names = get_args(FaultName)
        if name is not None and name not in names:
            raise SetupError(
                f"{self.verb}: a fault is one of {', '.join(names)}, not {name!r}{nearest(str(name), names)}"
            )
        if name == "used" and self.operation != "applyToken":
            raise SetupError(f"{self.verb}: an access token is not used up, so {self.operation} cannot say so")
        if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= MAX_DELAY:
            raise SetupError(f"{self.verb}: delay is a number of seconds up to {MAX_DELAY}, not {delay!r}")

    def __str__(self) -> str:
        return f"gateway.{self.verb}({self.operation!r}, {self.fault})"


class Faults:
    """The rules of one gateway. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[FaultRule] = []

    @property
    def rules(self) -> tuple[FaultRule, ...]:
        """Every rule, in the order in which they were written."""
        with self._lock:
            return tuple(self._rules)

    def add(self, rules: list[FaultRule]) -> None:
        """Add rules behind those that are there.

        Raises:
            SetupError: One means nothing; none is added.
        """
        for rule in rules:
            rule.check()
        with self._lock:
            self._rules += rules

    def adopt(self, other: Faults) -> None:
        """Forget all rules and take those of `other`: their file was saved."""
        rules = other.rules
        with self._lock:
            self._rules = list(rules)

    def take(self, operation: Operation) -> Fault:
        """Return what goes wrong with a request now. A rule that is used up by it is."""
        with self._lock:
            once = (rule for rule in self._rules if rule.waits)
            always = (rule for rule in reversed(self._rules) if rule.verb == "always")
            for rule in (*once, *always):
                if rule.operation == operation:
                    rule.used = True
                    # One that is to go well is as one that no rule is for.
                    return FAULTLESS if rule.fault == FAULTLESS else rule.fault
        return FAULTLESS
