"""What every room speaks of: places, causes, findings, reports. Standard library only."""
