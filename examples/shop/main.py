from datetime import date
from decimal import Decimal

from shop.basket import Basket
from shop.catalogue import Catalogue, Category, Product, UnknownProduct
from shop.orders import invoice
from shop.pricing import gross


def stock() -> Catalogue:
    return Catalogue(
        [
            Product("b1", "Fluent Pythons", Decimal("39.90"), Category.BOOK),
            Product("f1", "Green tea", Decimal("4.50"), Category.FOOD),
            Product("t1", "Wooden train", Decimal("24.00"), Category.TOY),
        ]
    )


def main() -> None:
    catalogue = stock()
    basket = Basket("Ann")
    for sku, quantity in [("b1", 1), ("t1", 2), ("b1", 1), ("x9", 1)]:
        try:
            basket.add(catalogue.find(sku), quantity)
        except UnknownProduct as error:
            print(error)
    print(", ".join(product.name for product in catalogue.in_category(Category.TOY)))
    print(invoice(basket, date(2024, 3, 1)))
    print("for regulars:", basket.to_pay(is_regular=True))
    try:
        gross(catalogue.find("f1"), 0)
    except ValueError as error:
        print(error)


if __name__ == "__main__":
    main()
