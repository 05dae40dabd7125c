"""One file, one way to reach people; its module-level `NOTIFIER` is found by file name."""
