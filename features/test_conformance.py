"""Binds every feature of this folder to pytest; there is no other binder."""

from pytest_bdd import scenarios

scenarios(".")
