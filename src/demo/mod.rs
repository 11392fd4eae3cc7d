//! Believable traffic.
