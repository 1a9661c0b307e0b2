"""PortOne V2 as merchants meet it: api.portone.io, the browser SDK, signed webhooks. The state is the account's."""
