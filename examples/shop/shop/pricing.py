"""Taxes and discounts."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from shop.catalogue import Category, Product

TAX = {Category.BOOK: Decimal("0.07"), Category.FOOD: Decimal("0.07"), Category.TOY: Decimal("0.19")}


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def gross(product: Product, quantity: int = 1) -> Decimal:
    if quantity < 1:
        raise ValueError(f"quantity must be at least 1, not {quantity}")
    return rounded(product.price * quantity * (1 + TAX[product.category]))


def discount(total: Decimal, *, is_regular: bool = False) -> Decimal:
    """Five per cent from 50 on, and two more for regulars."""
    rate = Decimal("0.05") if total >= 50 else Decimal(0)
    if is_regular:
        rate += Decimal("0.02")
    return rounded(total * rate)
