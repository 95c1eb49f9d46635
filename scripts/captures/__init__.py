"""What was measured: made, sealed, known, taken in from elsewhere, checked."""
