"""hw3, a spelling checker for derivations: it reads mathematics and judges every equality.

Each is *proved*, *confirmed*, *refuted* or *undecided*. The parts import one way only:

- ``hw3.derivations`` says what is claimed and why (symbols, no torch);
- ``hw3.verify`` says whether it is true (numbers, with torch);
- ``hw3.cli`` is the command.
"""

__version__ = "0.1.0"
