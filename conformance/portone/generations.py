"""Who stands for PortOne at the emulator, by the generation that the merchant speaks."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.portone.emulated import EmulatedProvider
from conformance.portone.emulated_v2 import EmulatedV2Provider
from conformance.verdict.catalogue import Api

PROVIDERS: Mapping[Api, type[EmulatedProvider]] = {Api.V1: EmulatedProvider, Api.V2: EmulatedV2Provider}
