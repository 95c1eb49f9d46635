"""Which tests a change can break."""
