"""The smallest merchant that sells through Paymentwall over PortOne V1 and meets every requirement."""
