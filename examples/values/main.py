"""One day in the office."""

from datetime import date
from decimal import Decimal

import pandas as pd
from flask import Flask, request
from office import desk, folders, invoices, letters, models, orders, readings, settings, stock, tables

ann = orders.Customer("Ann Brook", orders.Address("Canal 12", "Delft"))
order = orders.Order(17, ann, [orders.Line("b1", 2), orders.Line("t7", 1)])
print(orders.labels(order))
orders.ship_to(order, "Leiden")

invoice = invoices.Invoice(
    "2024-031",
    date(2024, 3, 1),
    (
        invoices.Position("Paper, white, 500 sheets", Decimal("4.50"), 10, Decimal("0.21")),
        invoices.Position("Coffee", Decimal("8.90"), 3, Decimal("0.09")),
        invoices.Position("Chair, oak", Decimal("129.00"), 2, Decimal("0.21")),
    ),
)
print(invoice.net(), invoices.taxes(invoice))

entries = [(f"invoice {number}", -10 * number) for number in range(1, 17)]
entries += [(f"payment {number}", 8 * number) for number in range(1, 16)]
print(letters.statement("Ann Brook", entries))

measured = readings.readings_of(7, 300)
print(readings.smoothed(measured, 50))
print(readings.smoothed(readings.readings_of(9, 900), 300))  # too long to be read: a file beside the test

root = folders.Folder("office")
letters_folder = folders.Folder("letters", root)
sent = folders.Folder("sent", letters_folder)
folders.Folder("bills", root)
print(sent.path(), folders.depth(root))

in_stock = {stock.Kind.PAPER: 12, stock.Kind.CHAIRS: 1}
wanted = {stock.Kind.PAPER: 10, stock.Kind.PENS: 25, stock.Kind.CHAIRS: 4}
print(stock.missing(in_stock, wanted), stock.handling([stock.Kind.CHAIRS]))

sales = pd.DataFrame(
    {
        "month": [1, 1, 2, 2, 3],
        "customer": ["Ann", "Bob", "Ann", "Cy", "Bob"],
        "amount": [120.5, 80.0, 45.25, 300.0, 19.99],
    }
)
print(tables.monthly(sales))

dee = models.Employee(name="Dee", since=date(2020, 5, 1), salary=Decimal("4200.00"))
print(models.raised(dee, 3))

hours = {"mon": (9, 17), "sat": (10, 13)}
print(settings.address(settings.Settings(host="db.local", password="hunter2", opening_hours=hours)))

app = Flask("office")


@app.post("/orders")
def order_placed():
    return desk.wanted(request._get_current_object())


customer = {"X-Customer": "Ann Brook"}
for placed in ({"sku": "B1", "count": 2}, {"sku": "T7"}):
    speed = "?speed=express" if "count" in placed else ""
    print(app.test_client().post(f"/orders{speed}", json=placed, headers=customer).get_json())
