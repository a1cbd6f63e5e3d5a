"""The bakery's server, as far as its mini program needs one: loaves, customers, orders.

mybridge serve examples/native --handler examples/native/handler.py
"""

import datetime
import itertools
import secrets
from dataclasses import dataclass, field
from typing import Any

from bridge import Bridge, Call, CodeError, Outcome, fail, succeed
from bridge.users import User

LOAVES: list[dict[str, Any]] = [
    {
        "id": "country",
        "name": "Country loaf",
        "note": "Sourdough, with a dark crust",
        "price": 480,
        "grams": 800,
        "days": [1, 2, 3, 4, 5, 6],
        "contains": "Wheat, rye, salt",
        "story": "The one that most of us take home. It keeps for four days, and is best on the second.",
    },
    {
        "id": "rye",
        "name": "Black rye",
        "note": "Three days in the making",
        "price": 560,
        "grams": 1000,
        "days": [2, 5],
        "contains": "Rye, treacle, salt",
        "story": "Dense, moist and a little sweet. Cut it thin, and wait a day if you can.",
    },
    {
        "id": "baguette",
        "name": "Baguette",
        "note": "Every two hours",
        "price": 190,
        "grams": 250,
        "days": [1, 2, 3, 4, 5, 6],
        "contains": "Wheat, salt",
        "story": "It sings when it comes out of the oven. By the evening it has fallen silent.",
    },
    {
        "id": "tin",
        "name": "Tin loaf",
        "note": "Soft, for toast",
        "price": 390,
        "grams": 600,
        "days": [1, 3, 5],
        "contains": "Wheat, milk, butter, salt",
        "story": "Square slices that fit the toaster. Children ask for the crust to be cut off; do not.",
    },
    {
        "id": "croissant",
        "name": "Croissant",
        "note": "In twenty-seven layers",
        "price": 220,
        "grams": 70,
        "days": [0, 6],
        "contains": "Wheat, butter, milk, egg",
        "story": "From half past six on. When they are gone, they are gone.",
    },
    {
        "id": "brioche",
        "name": "Brioche",
        "note": "With a hat on",
        "price": 310,
        "grams": 120,
        "days": [0, 5, 6],
        "contains": "Wheat, butter, egg, milk",
        "story": "Half bread, half cake. It needs neither butter nor jam, and bears both.",
    },
    {
        "id": "roll",
        "name": "Sesame rolls",
        "note": "Three in a bag",
        "price": 240,
        "grams": 240,
        "days": [1, 2, 3, 4, 5, 6],
        "contains": "Wheat, sesame, salt",
        "story": "Breakfast for one, or for three who are not very hungry.",
    },
    {
        "id": "focaccia",
        "name": "Focaccia",
        "note": "Rosemary and good oil",
        "price": 350,
        "grams": 300,
        "days": [3, 6],
        "contains": "Wheat, olive oil, rosemary, salt",
        "story": "Dimpled by hand. Eat it warm, standing, in front of the shop.",
    },
]
IN_A_LIST = ("id", "name", "note", "price")
PAGE = 5


@dataclass
class Customer:
    """What the bakery keeps of someone: the wallet's id of them is its key."""

    user: User
    stamps: int = 3
    scopes: set[str] = field(default_factory=set)

    def shown(self) -> dict[str, Any]:
        user, introduced = self.user, not self.scopes.isdisjoint(["USER_NAME", "USER_CONTACTINFO"])
        named = {"name": user.name.full} if user.name and "USER_NAME" in self.scopes else {}
        reached = {"phone": user.phone, "email": user.email} if "USER_CONTACTINFO" in self.scopes else {}
        return {"stamps": self.stamps, "introduced": introduced, **named, **reached}


def open_bakery(bridge: Bridge) -> None:
    """Answer what the mini program requests of its server. The calls of the wallet are the wallet's to answer."""
    customers: dict[str, Customer] = {}
    tokens: dict[str, str] = {}
    numbers = itertools.count(101)

    @bridge.api("request")
    def serve(call: Call) -> Outcome:
        path = call.params["url"].removeprefix("https://crumb.example/")
        data = call.params.get("data") or {}
        token = call.params.get("headers", {}).get("Authorization", "").removeprefix("Bearer ")
        customer = customers.get(tokens.get(token, ""))
        match call.params.get("method", "GET"), path.split("/"):
            case "GET", ["loaves"]:
                first = (int(data["page"]) - 1) * PAGE
                shown = [{key: loaf[key] for key in IN_A_LIST} for loaf in LOAVES[first : first + PAGE]]
                return answer({"loaves": shown, "all": len(LOAVES)})
            case "GET", ["loaves", id]:
                return next((answer(loaf) for loaf in LOAVES if loaf["id"] == id), refusal(404))
            case "POST", ["sessions"]:
                return log_in(data["authCode"], call.user)
            case "POST", ["forget"] if customer:
                customer.scopes.clear()
                return answer(customer.shown())
            case "POST", ["orders"]:
                return order(data, customer)
            case _:
                return refusal(404)

    def log_in(code: str, user: User) -> Outcome:
        # A server in production sends the code to the wallet's own, and asks that one for the user.
        try:
            allowed = bridge.redeem(code)
        except CodeError:
            return refusal(401)
        customer = customers.setdefault(allowed.user_id, Customer(user))
        customer.scopes.update(allowed.scopes)
        token = secrets.token_urlsafe()
        tokens[token] = allowed.user_id
        return answer({"token": token, "customer": customer.shown()})

    def order(data: dict[str, Any], customer: Customer | None) -> Outcome:
        # Prices are the bakery's to say, whatever the program has kept in its basket.
        loaves = {loaf["id"]: loaf for loaf in LOAVES}
        lines = [
            {
                "id": item["id"],
                "name": loaves[item["id"]]["name"],
                "quantity": item["quantity"],
                "price": loaves[item["id"]]["price"] * item["quantity"],
            }
            for item in data["items"]
        ]
        date = datetime.date.today() + datetime.timedelta(days=2 if data["day"] == "later" else 1)
        receipt = {
            "number": next(numbers),
            "lines": lines,
            "total": sum(line["price"] for line in lines),
            "date": date.isoformat(),
            **{key: data[key] for key in ("name", "time", "sliced", "note")},
        }
        if customer is not None:
            customer.stamps = customer.stamps % 8 + 1
        return answer({"receipt": receipt, "customer": customer and customer.shown()})


def answer(data: Any) -> Outcome:
    return succeed({"data": data, "status": 200, "headers": {}})


def refusal(status: int) -> Outcome:
    return fail({"error": 19, "errorMessage": "http status error", "status": status})


bridge = Bridge(app_name="Crumb")
open_bakery(bridge)
