"""How fast a training step is, beside the machine's own floor and other people's trainers."""
