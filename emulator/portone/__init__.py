"""PortOne V1: REST API, console, SDK and webhooks; it knows Paymentwall by addresses and keys only."""
