"""What a customer is about to buy."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from shop.catalogue import Product
from shop.pricing import discount, gross


@dataclass
class Line:
    product: Product
    quantity: int = 1


@dataclass
class Basket:
    customer: str
    lines: list[Line] = field(default_factory=list)

    def add(self, product: Product, quantity: int = 1) -> int:
        """Add to the line of the same product if there is one, and return the number of lines."""
        for line in self.lines:
            if line.product == product:
                line.quantity += quantity
                break
        else:
            self.lines.append(Line(product, quantity))
        return len(self.lines)

    @property
    def total(self) -> Decimal:
        return sum((gross(line.product, line.quantity) for line in self.lines), Decimal(0))

    def to_pay(self, *, is_regular: bool = False) -> Decimal:
        return self.total - discount(self.total, is_regular=is_regular)
