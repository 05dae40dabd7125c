"""The store's laws in dictionaries. The door is `backends/memory.py`."""
