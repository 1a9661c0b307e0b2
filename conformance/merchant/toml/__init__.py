"""The merchant driver that a TOML file describes: calls, browser steps, commands, and a map of the merchant's words."""
