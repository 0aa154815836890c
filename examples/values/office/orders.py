"""Orders: dataclasses within dataclasses."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Address:
    street: str
    city: str
    country: str = "NL"


@dataclass
class Customer:
    name: str
    billing: Address
    shipping: Address | None = None


@dataclass
class Line:
    sku: str
    quantity: int


@dataclass
class Order:
    number: int
    customer: Customer
    lines: list[Line] = field(default_factory=list)


def labels(order):
    """One line of an address label for each parcel."""
    address = order.customer.shipping or order.customer.billing
    return [f"{order.number}/{line.sku}: {order.customer.name}, {address.city}" for line in order.lines]


def ship_to(order, city):
    """Send an order elsewhere."""
    billing = order.customer.billing
    order.customer.shipping = Address(billing.street, city, billing.country)
    return order
