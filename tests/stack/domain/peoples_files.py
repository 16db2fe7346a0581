"""Files as people have them, invented: by name, the files and what `make domain` should make of them."""

from tests.stack.domain import files_of_edges, files_of_things

EVERY = files_of_things.EVERY | files_of_edges.EVERY
