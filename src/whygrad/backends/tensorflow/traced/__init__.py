"""What runs in graphs: functions that are traced once and run many times."""
