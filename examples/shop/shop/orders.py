"""Orders, and the text of an invoice."""

from __future__ import annotations

from datetime import date, timedelta

from shop.basket import Basket
from shop.pricing import gross


def due_date(ordered: date, days: int = 14) -> date:
    """The day to pay by: never a weekend."""
    due = ordered + timedelta(days=days)
    while due.weekday() >= 5:
        due += timedelta(days=1)
    return due


def invoice(basket: Basket, ordered: date) -> str:
    rows = [f"Invoice for {basket.customer}, {ordered:%d %B %Y}", ""]
    for line in basket.lines:
        rows.append(f"{line.quantity:>3} {line.product.name:<20} {gross(line.product, line.quantity):>8}")
    rows += ["", f"to pay by {due_date(ordered):%d %B %Y}: {basket.to_pay()}"]
    return "\n".join(rows)
