"""Tests of the storm: what needs Locust runs Locust; all else runs without."""
