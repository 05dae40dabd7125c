"""The questions the screen, the digest and the CLI ask: one file each, columns out, read-only."""
