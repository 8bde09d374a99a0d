"""The HTML report of an execution: contract objects in, one self-contained file out."""
