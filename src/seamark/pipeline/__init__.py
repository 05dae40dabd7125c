"""The order of the rooms."""

from seamark.pipeline.tick import Options, Pipeline

__all__ = ["Options", "Pipeline"]
