//! The words of the standards: pure, no input or output.
