//! What a process takes, as the system counts it.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::fs;

/// The time that a process has worked, in seconds.
pub(crate) fn cpu(pid: u32) -> f64 {
    worked(&format!("/proc/{pid}/stat"))
}

/// The time that the thread that asks has worked, in seconds.
pub(crate) fn cpu_here() -> f64 {
    worked("/proc/thread-self/stat")
}

fn worked(stat: &str) -> f64 {
    let stat = fs::read_to_string(stat).unwrap();
    // The name may hold anything; behind it the state is the first field, user and system time are the 12th and 13th.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11..=12].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

/// Memory that a process has in use, in bytes (`VmRSS`).
pub(crate) fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix("kB").unwrap().trim().parse::<u64>().unwrap() * 1024
}
