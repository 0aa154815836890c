"""What can be bought."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Category(Enum):
    BOOK = "book"
    FOOD = "food"
    TOY = "toy"


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    price: Decimal
    category: Category


class UnknownProduct(LookupError):
    def __init__(self, sku: str) -> None:
        super().__init__(sku)
        self.sku = sku

    def __str__(self) -> str:
        return f"no product {self.sku!r}"


class Catalogue:
    def __init__(self, products: list[Product]) -> None:
        self._by_sku = {product.sku: product for product in products}

    def find(self, sku: str) -> Product:
        try:
            return self._by_sku[sku]
        except KeyError:
            raise UnknownProduct(sku) from None

    def in_category(self, category: Category) -> list[Product]:
        return [product for product in self._by_sku.values() if product.category is category]
