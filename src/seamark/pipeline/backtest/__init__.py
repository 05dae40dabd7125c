"""The same pipeline over the past: rows are counted (`counted`), the lanes play over them on the clock of the story

(`play`), the windows are held against other budgets and thresholds (`otherwise`), and all of it becomes one
document (`report`).
"""
