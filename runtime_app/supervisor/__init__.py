"""What `manage.py up` does: start the parts of the product as processes, watch them, end them together."""
