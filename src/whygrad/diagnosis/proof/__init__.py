"""What a proof is made of: replays within a budget, what they must show, and the words."""
