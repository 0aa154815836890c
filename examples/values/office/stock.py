"""What is in stock, by kind."""

import enum


class Kind(enum.Enum):
    PAPER = "paper"
    PENS = "pens"
    CHAIRS = "chairs"


class Flags(enum.Flag):
    FRAGILE = enum.auto()
    HEAVY = enum.auto()
    COLD = enum.auto()


def missing(stock, wanted):
    """What has to be ordered."""
    short = {kind: count - stock.get(kind, 0) for kind, count in wanted.items()}
    return {kind: count for kind, count in short.items() if count > 0}


def handling(kinds):
    """How what is of these kinds is handled together."""
    flags = {Kind.PAPER: Flags.HEAVY, Kind.PENS: Flags.FRAGILE, Kind.CHAIRS: Flags.HEAVY | Flags.FRAGILE}
    result = Flags(0)
    for kind in kinds:
        result |= flags[kind]
    return result
