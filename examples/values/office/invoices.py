"""Invoices, in exact money."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Position:
    text: str
    price: Decimal
    quantity: int
    tax: Decimal


@dataclass(frozen=True)
class Invoice:
    number: str
    day: date
    positions: tuple[Position, ...]

    def net(self):
        """What the positions come to without tax."""
        return sum((each.price * each.quantity for each in self.positions), Decimal(0))


def taxes(invoice):
    """The tax to pay at each rate."""
    due = {}
    for each in invoice.positions:
        tax = (each.price * each.quantity * each.tax).quantize(CENT, ROUND_HALF_UP)
        due[each.tax] = due.get(each.tax, Decimal("0.00")) + tax
    return due
