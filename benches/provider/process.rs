//! A server under measurement: what the kernel says of its time and memory.

use std::fs;
use std::process::{Child, Command};
use std::time::Duration;

use crate::Outcome;

/// What a process holds in memory, in kibibytes.
#[derive(Clone, Copy)]
pub struct Memory {
    /// Resident now.
    pub resident: u64,
    /// The most that was resident.
    pub peak: u64,
}

/// A process of ours; it ends with this value at the latest.
pub struct Process(Child);

impl Process {
    /// Watches a child.
    pub fn of(child: Child) -> Self {
        Self(child)
    }

    /// Processor time so far, its kernel's part included. The kernel counts in hundredths of a second.
    pub fn processor_time(&self) -> Outcome<Duration> {
        time_of(&format!("/proc/{}/stat", self.0.id()))
    }

    /// What it holds in memory.
    pub fn memory(&self) -> Outcome<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let field = |name: &str| -> Outcome<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
            Ok(line.trim().trim_end_matches(" kB").parse()?)
        };
        Ok(Memory { resident: field("VmRSS:")?, peak: field("VmHWM:")? })
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> Outcome<bool> {
        Ok(self.0.try_wait()?.is_some())
    }

    /// Asks it to stop and waits.
    pub fn stop(mut self) -> Outcome<()> {
        Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status()?;
        self.0.wait()?;
        Ok(())
    }
}

/// Processor time of the thread that asks, counted in the same way.
pub fn thread_time() -> Outcome<Duration> {
    time_of("/proc/thread-self/stat")
}

fn time_of(stat: &str) -> Outcome<Duration> {
    let stat = fs::read_to_string(stat)?;
    // The name, in brackets, may hold spaces; utime and stime are the 14th and 15th field of all.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<_, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            drop(self.0.kill());
            drop(self.0.wait());
        }
    }
}
