"""The bundled real data set and its replay."""
