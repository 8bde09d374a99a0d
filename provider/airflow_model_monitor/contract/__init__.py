"""What files, records and requests look like: typed, parsed and serialised byte for byte, without any I/O."""
