internal import GatehouseTerminal

/// Prints a line in place of Swift's own `print`, which does not tell when nothing could be written.
func print(_ line: String) { Output.line(line) }
