"""The emulator: PortOne V1 and Paymentwall as two sides that talk to each other over their real protocols."""
