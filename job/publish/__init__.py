"""Put a report where people and programs find it, in an order that never shows half of one."""
