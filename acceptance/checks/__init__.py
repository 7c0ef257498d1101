"""Checks of what is assumed of AWS, by when they can be made. Each takes the trial, and says what AWS did."""
