//! Configuration: find, read, layer, validate.
