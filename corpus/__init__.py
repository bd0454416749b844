"""What we know: records, identifiers, payers, readers and the shipped library. No numpy, no models."""
