"""What developers run: format definitions, draw the graph, write the schemas."""
