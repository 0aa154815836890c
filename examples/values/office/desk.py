"""Orders as they come in by the web."""

from __future__ import annotations

from typing import Any

from flask import Request


def wanted(request: Request) -> dict[str, Any]:
    """What somebody orders, and who."""
    order = request.get_json()
    return {
        "sku": order["sku"].lower(),
        "count": int(order.get("count", 1)),
        "by": request.headers["X-Customer"],
        "is_express": request.args.get("speed") == "express",
    }
