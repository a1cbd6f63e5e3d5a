"""A whole login in one process: a page, its back end with the wallet's official SDK, and the wallet.

python examples/login/main.py
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from backend import Settings, create_app
from fastapi import FastAPI

from bridge import Bridge

PORT = int(os.environ.get("PORT", 8765))
PAGES = Path(__file__).parent / "pages"


@contextmanager
def whole_login(bridge: Bridge) -> Iterator[FastAPI]:
    """The back end, with this bridge as its wallet."""
    # The SDK speaks HTTPS to port 443 and nothing else. Within the block, that port of this host is the bridge.
    with bridge.stand_in_for("open-sea-global.alipay.com") as merchant:
        app = create_app(
            Settings(
                gateway_url=merchant.gateway_url,
                client_id=merchant.client_id,
                app_id=merchant.app_id,
                merchant_private_key=merchant.merchant_private_key,
                alipay_public_key=merchant.alipay_public_key,
            )
        )
        # The pages, to which the bridge adds `my`. In production, where they run in the wallet and it is there anyway,
        # this is `app.mount("/", StaticFiles(directory=PAGES, html=True))`.
        app.mount("/", bridge.app)
        yield app


def main() -> None:
    # What passes between page, back end and wallet.
    logging.basicConfig(format="%(message)s")
    logging.getLogger("bridge").setLevel(logging.INFO)
    with whole_login(Bridge(app_name="Corner Coffee", pages=PAGES)) as app:
        uvicorn.run(app, port=PORT, access_log=False)


if __name__ == "__main__":
    main()
