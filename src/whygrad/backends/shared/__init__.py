"""What the backends have in common. Nothing here imports a framework."""
