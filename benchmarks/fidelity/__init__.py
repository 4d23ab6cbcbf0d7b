"""The published figures on real MNIST, and ours beside them."""
