"""The merchant driver that a TOML file describes: calls, browser steps, commands, and a map of the merchant's words."""

from conformance.merchant.toml.driver import TomlMerchant
from conformance.settings.merchant_toml import MerchantFile, MerchantFileError, read_merchant_file

__all__ = ["MerchantFile", "MerchantFileError", "TomlMerchant", "read_merchant_file"]
