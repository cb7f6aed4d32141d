//! Reading: TOML text to a checked [`Manifest`], every problem reported.
