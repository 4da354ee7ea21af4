"""What every program of the slow lane is tried with: Signet, a person at a browser, tokens, and verdicts."""
