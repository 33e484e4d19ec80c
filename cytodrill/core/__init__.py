"""Pure: the words of the project as types, comparing and judging; no drivers, no clock, no network."""
