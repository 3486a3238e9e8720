//! Who holds a lease: which process on which machine, so that a successor can tell whether it still lives.

use std::fs;
use std::sync::LazyLock;

/// This process: `host/pid.start@boot.namespace`. Start time, boot and process namespace make the pid unambiguous;
/// where the system does not tell them they are empty, and a dead holder is waited out.
pub fn name() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| {
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = host.trim().replace(['/', '@'], "-");
        let host = if host.is_empty() { "host".to_owned() } else { host };
        let pid = std::process::id();
        format!("{host}/{pid}.{}@{}", start_of(pid).unwrap_or_default(), here())
    });
    &NAME
}

/// Whether `owner` is a process of this very boot and namespace that has ended.
#[must_use]
pub fn is_dead(owner: &str) -> bool {
    let Some((process, place)) = owner.split_once('@') else { return false };
    if place.len() < 3 || place != here() {
        return false;
    }
    let Some((pid, start)) = process.rsplit_once('/').and_then(|(_, process)| process.split_once('.')) else {
        return false;
    };
    match pid.parse() {
        Ok(pid) if !start.is_empty() => start_of(pid).as_deref() != Some(start),
        _ => false,
    }
}

/// The boot and the process namespace.
fn here() -> &'static str {
    static HERE: LazyLock<String> = LazyLock::new(|| {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        let digits: String = namespace.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
        match (boot.get(..8), digits.is_empty()) {
            (Some(boot), false) => format!("{boot}.{digits}"),
            _ => String::new(),
        }
    });
    &HERE
}

/// When a process began, in ticks since boot; `None` when there is no such process, or it only waits to be reaped.
fn start_of(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the fields begin after it.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    // Field 22 of the line, the 19th after the state.
    fields.nth(18).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives() {
        assert!(!is_dead(name()), "{}", name());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_ended_process_of_this_boot_is_dead_and_others_are_unknown() {
        let ended = std::process::Command::new("true").spawn().and_then(|mut child| {
            let id = child.id();
            child.wait().map(|_| id)
        });
        let pid = ended.expect("a process that ends");
        assert!(is_dead(&format!("host/{pid}.12345@{}", here())));
        assert!(is_dead(&format!("host/{}.1@{}", std::process::id(), here())), "the pid was used again");
        assert!(!is_dead(&format!("host/{pid}.12345@00000000.1")), "another machine");
        for odd in ["", "host", "host/1", "host/x.1@", "host/1.@"] {
            assert!(!is_dead(odd), "{odd}");
        }
    }
}
