//! The market, as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use simulator::Remote;
use tests::program::runner_binary;

/// A market process; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Shop {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) remote: Remote,
}

impl Shop {
    /// Starts it with these arguments and waits until it serves.
    pub(crate) fn open(arguments: &[String]) -> Result<Self> {
        let mut child = Command::new(runner_binary())
            .args(["sim", "--listen", "127.0.0.1:0", "--platform", "smartstore", "--speed", "0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the market")?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("its output is a pipe")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .context("the market says where it listens")?
            .parse()?;
        Ok(Self { child, address, remote: Remote::new(address) })
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // It holds nothing that must be saved, and it may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
