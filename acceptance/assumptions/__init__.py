"""What is assumed of AWS, row by row of docs/decisions/0008, with the check of each, or why it is not tried.

A row is named by how it begins there. A test holds that each row has exactly one entry.
"""
