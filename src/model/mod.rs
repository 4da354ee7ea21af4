//! What Signet remembers: values with legal states, no input or output.
