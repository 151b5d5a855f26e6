//! Nothing: this package only names kryoptic and the versions of what kryoptic needs.
