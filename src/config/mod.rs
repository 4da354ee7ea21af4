//! Reading a configuration: files, environment and secrets become settings, or a list of problems.
