//! Running a program and watching what it takes.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

/// What one run of a program took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    /// From before its start to after its end.
    pub(crate) wall: Duration,
    /// Processor time of all its threads, in user space and in the system, to the hundredth of a second. Other
    /// programs on the machine disturb it less than the wall clock.
    pub(crate) cpu: Duration,
    /// The most memory it held, by Linux's count (`VmHWM`), looked at every two milliseconds.
    pub(crate) peak_kib: u64,
}

/// Runs a program to its good end.
pub(crate) fn run(command: &mut Command) -> Result<Taken> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let cpu_before = cpu_of_ended_children()?;
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("starting {:?}", command.get_program()))?;
    let (peak_kib, ended) = watch(&mut child)?;
    let status = child.wait()?;
    ensure!(status.success(), "{:?} ended with {status}", command.get_program());
    Ok(Taken { wall: ended - started, cpu: cpu_of_ended_children()? - cpu_before, peak_kib })
}

/// The peak of a child's memory until it ends.
fn watch(child: &mut Child) -> Result<(u64, Instant)> {
    let path = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if child.try_wait()?.is_some() {
            return Ok((peak, Instant::now()));
        }
        let status = std::fs::read_to_string(&path).unwrap_or_default();
        let now = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|value| value.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(now.unwrap_or(0));
        // Short runs are measured in milliseconds, so the wait must not be what is measured.
        std::thread::sleep(Duration::from_millis(if peak < 4_096 { 1 } else { 2 }));
    }
}

/// `cutime` and `cstime` of `/proc/self/stat`, in ticks of 10 ms on every Linux that Rust supports.
fn cpu_of_ended_children() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The program's name stands in brackets and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat has a name")?;
    let ticks = fields.split_whitespace().skip(13).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// The middle value; of an even number the lower one.
pub(crate) fn median<T: Copy + PartialOrd>(values: &[T]) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|one, other| one.partial_cmp(other).expect("no NaN"));
    sorted[(sorted.len() - 1) / 2]
}
