"""Tables: pandas."""


def monthly(sales):
    """What was sold in each month."""
    return sales.groupby("month", as_index=False)["amount"].sum()
