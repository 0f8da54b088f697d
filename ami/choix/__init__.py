"""The arithmetic of a choice: scores, ranks, selection, assignment. Plain values in, plain values out, no database.

What is computed here can be recomputed by anybody from the files of a shortlist pack, without the engine's tables.
"""
