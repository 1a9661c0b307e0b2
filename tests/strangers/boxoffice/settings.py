"""What the environment says."""

import os
from types import SimpleNamespace

settings = SimpleNamespace(
    portone_api=os.environ["BOXOFFICE_PORTONE_API"],
    portone_key=os.environ["BOXOFFICE_PORTONE_KEY"],
    portone_secret=os.environ["BOXOFFICE_PORTONE_SECRET"],
    stage=os.environ.get("BOXOFFICE_STAGE", "test"),
    timeout=float(os.environ.get("BOXOFFICE_TIMEOUT", "5")),
    database=os.environ["BOXOFFICE_DATABASE"],
    jwt_secret=os.environ["BOXOFFICE_JWT_SECRET"],
    staff_password=os.environ["BOXOFFICE_STAFF_PASSWORD"],
    customer_password=os.environ["BOXOFFICE_CUSTOMER_PASSWORD"],
)
