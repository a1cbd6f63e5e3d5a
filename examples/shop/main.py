"""A small shop: its own back end, and beside it the wallet that its pages run in.

python examples/shop/main.py
"""

import secrets
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

from bridge import Bridge, CodeError

PORT = 8765
BACKEND_PORT = 8766  # which config.js tells the pages


class Product(BaseModel):
    id: str
    name: str
    note: str
    price: int  # in cents
    tint: str


class Line(Product):
    quantity: int


class Login(BaseModel):
    authCode: str


class Basket(BaseModel):
    items: Annotated[dict[str, Annotated[int, Field(gt=0, le=99)]], Field(min_length=1)]


class Order(BaseModel):
    id: str
    tradeNO: str
    customer: str
    lines: list[Line]
    total: int
    status: str = "open"


PRODUCTS = {
    product.id: product
    for product in [
        Product(id="yirga", name="Yirgacheffe", note="Jasmine, lemon, black tea", price=1450, tint="amber"),
        Product(id="huila", name="Huila", note="Red apple, caramel", price=1300, tint="rose"),
        Product(id="gayo", name="Gayo", note="Cedar, dark chocolate", price=1250, tint="moss"),
        Product(id="night", name="Night Shift", note="Decaffeinated, with hazelnut", price=1200, tint="dusk"),
    ]
}


def create_backend(bridge: Bridge) -> FastAPI:
    """The shop's server. It sends no CORS headers, as the back end of a mini program has no need to.

    Of the bridge it uses what a wallet's own servers offer: they exchange codes, and know what was paid.
    """
    app = FastAPI()
    sessions: dict[str, str] = {}
    orders: dict[str, Order] = {}

    def customer(authorization: Annotated[str, Header()] = "") -> str:
        user_id = sessions.get(authorization.removeprefix("Bearer "))
        if user_id is None:
            raise HTTPException(401, "log in first")
        return user_id

    Customer = Annotated[str, Depends(customer)]

    @app.post("/login")
    def login(body: Login) -> dict[str, str]:
        try:
            grant = bridge.redeem(body.authCode)
        except CodeError as error:
            raise HTTPException(401, str(error)) from error
        token = secrets.token_urlsafe()
        sessions[token] = grant.user_id
        return {"token": token}

    @app.get("/products")
    def products() -> list[Product]:
        return list(PRODUCTS.values())

    @app.post("/orders")
    def create_order(basket: Basket, customer: Customer) -> Order:
        if not basket.items.keys() <= PRODUCTS.keys():
            raise HTTPException(422, "there is no such product")
        # Prices are the shop's to say, whatever the page has kept in its cart.
        lines = [Line(**PRODUCTS[id].model_dump(), quantity=quantity) for id, quantity in basket.items.items()]
        total = sum(line.price * line.quantity for line in lines)
        number = f"{len(orders) + 1001}"
        trade_no = f"20260101{secrets.randbelow(10**16):016}"  # never the same again, or an old payment would count
        order = Order(id=number, tradeNO=trade_no, customer=customer, lines=lines, total=total)
        orders[number] = order
        return order

    @app.get("/orders/{number}")
    def show_order(number: str, customer: Customer) -> Order:
        order = orders.get(number)
        if order is None or order.customer != customer:
            raise HTTPException(404, "there is no such order")
        if order.status == "open" and was_paid(order):
            order.status = "paid"
        return order

    def was_paid(order: Order) -> bool:
        """Ask the wallet. What the page says of it proves nothing."""
        return any(
            call.api == "tradePay"
            and call.params.get("tradeNO") == order.tradeNO
            and (answer.payload or {}).get("resultCode") == "9000"
            for call in bridge.calls
            for answer in call.answers
        )

    return app


def main() -> None:
    bridge = Bridge(app_name="Corner Coffee", pages=Path(__file__).parent)
    with bridge.run(port=PORT):
        print(f"The shop is open: {bridge.url}/")
        uvicorn.run(create_backend(bridge), port=BACKEND_PORT, log_level="warning")


if __name__ == "__main__":
    main()
