"""What became of uploads at their source."""
