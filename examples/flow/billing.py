"""A billing run that has grown over the years. Nobody dares to change it: it has no tests."""

DISCOUNTS = {"gold": 0.2, "silver": 0.1}


def bill(orders):
    """What each customer has to pay."""
    totals = {}
    for order in orders:
        amount = amount_of(order)
        amount = amount - discount_of(order["customer"], amount)
        totals[order["customer"]] = totals.get(order["customer"], 0) + amount
    return {customer: round_up(total) for customer, total in totals.items()}


def amount_of(order):
    amount = 0
    for line in order["lines"]:
        amount = amount + line["price"] * line["count"]
    return amount


def discount_of(customer, amount):
    level = level_of(customer)
    if amount < 50:
        return 0
    return amount * DISCOUNTS.get(level, 0)


def level_of(customer):
    return {"Ann": "gold", "Bob": "silver"}.get(customer)


def round_up(total):
    return round(total + 0.004, 2)
