"""One folder per vendor at the other side; each implements a source, a channel, or both."""
