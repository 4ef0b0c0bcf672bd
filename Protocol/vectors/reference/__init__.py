"""A reference for both ends: the encoder, and the cases that the test vectors consist of."""
