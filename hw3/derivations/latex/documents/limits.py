"""How much is read: past each limit a Problem says so, in one sentence, and nothing more is read."""

MOST_BYTES = 10_000_000  # of a file, with what it includes
MOST_PIECES = 100_000  # formulas, pieces of prose and marks in a document
MOST_MATHEMATICS = 1_500_000  # characters in all formulas of a document
LONGEST_FORMULA = 60_000  # characters of one formula, and tokens once its macros are expanded
MOST_EXPANDED = 500_000  # tokens that macros stand for, in a document
DEEPEST_MACRO = 100  # macros that call macros
DEEPEST_BLOCK = 40  # blocks in blocks
DEEPEST_INPUT = 8  # files that include files
MOST_INPUTS = 100  # files that a document includes
MOST_PROBLEMS = 200  # that are listed
