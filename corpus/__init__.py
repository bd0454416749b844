"""What we know: records, identifiers, payers, readers, the shipped library. No numpy, no models."""
