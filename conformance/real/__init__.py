"""Real cards and real clocks: ledger, plan, refunds, sandbox, golive, resume. Nothing below knows that it exists."""
