"""One frozen tree from one TOML file. Every key has a default, so an empty or absent file works."""

from seamark.config.tree import Config, ServerOptions, StoreOptions, effective, load, parse, tried

__all__ = ["Config", "ServerOptions", "StoreOptions", "effective", "load", "parse", "tried"]
