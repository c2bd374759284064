"""Order systems behind one small protocol."""
