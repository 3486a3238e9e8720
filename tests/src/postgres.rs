//! A throw-away PostgreSQL server for tests: one per test process, made when first asked for, gone with the process.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// PostgreSQL refuses to run as root; this is `nobody`.
const NOBODY: u32 = 65534;

/// Who may sign in to the cluster with a password only: [`GUARDED_PASSWORD`].
pub const GUARDED_USER: &str = "guarded";

/// The password of [`GUARDED_USER`].
pub const GUARDED_PASSWORD: &str = "open-sesame";

/// A running server.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
    /// Ends the server when its standard input closes, which the system does however this process ends.
    _guard: Child,
}

/// The process's server; `None` where PostgreSQL is not installed.
///
/// # Panics
/// When it is installed but does not start.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| programs().map(|folder| Cluster::start(folder).expect("PostgreSQL starts")))
        .as_ref()
}

/// The address of a new, empty database. Without PostgreSQL it says so on standard error, naming the test, and returns
/// `None`; where `REQUIRE_POSTGRES=1` is set, a skip must not look like a pass.
///
/// # Panics
/// When there is no PostgreSQL and `REQUIRE_POSTGRES=1`.
#[must_use]
pub fn database(test: &str) -> Option<String> {
    if let Some(cluster) = cluster() {
        return Some(cluster.create_database());
    }
    assert!(
        std::env::var_os("REQUIRE_POSTGRES").is_none_or(|value| value != "1"),
        "REQUIRE_POSTGRES=1, and there is no PostgreSQL for {test}"
    );
    // Past the test harness, which would swallow it.
    writeln!(io::stderr(), "SKIPPED (no PostgreSQL): {test}").expect("standard error takes a line");
    None
}

impl Cluster {
    /// Makes an empty database and returns its address.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn create_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(&self.url("postgres"), &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The address of a database of this server.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on the loopback address.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs SQL in a database, each statement for itself, and returns the rows of all of them as text; NULL is `∅`.
    ///
    /// # Panics
    /// When a statement fails.
    pub fn sql(&self, url: &str, sql: &str) -> Vec<Vec<String>> {
        let output = self.psql(url, sql);
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("the server speaks UTF-8");
        text.lines().map(|line| line.split('\u{1f}').map(str::to_owned).collect()).collect()
    }

    fn psql(&self, url: &str, sql: &str) -> Output {
        Command::new(self.programs.join("psql"))
            .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-F", "\u{1f}", "-P", "null=∅", "-d", url, "-c", sql])
            .env("PGCLIENTENCODING", "UTF8")
            .output()
            .expect("psql lies beside initdb")
    }

    fn start(programs: PathBuf) -> io::Result<Self> {
        let mut failures = String::new();
        // Another process may take the port between our look and the server's start.
        for _ in 0..5 {
            let folder = new_folder(&programs)?;
            let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            match serve(&programs, &folder, port) {
                Ok(guard) => {
                    let cluster = Self { programs, port, databases: AtomicU32::new(0), _guard: guard };
                    cluster.sql(
                        &cluster.url("postgres"),
                        &format!("CREATE ROLE {GUARDED_USER} LOGIN PASSWORD '{GUARDED_PASSWORD}'"),
                    );
                    return Ok(cluster);
                }
                Err(error) => writeln!(failures, "{error}").expect("a text takes a line"),
            }
        }
        Err(io::Error::other(failures))
    }
}

/// Starts the server below a shell that waits for the end of its standard input, a pipe whose other end only this
/// process holds. So no server and no folder outlives the tests, not even when they are killed.
fn serve(programs: &Path, folder: &Path, port: u16) -> io::Result<Child> {
    const GUARD: &str = r#"folder=$1; shift
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$folder""#;
    let server = as_server_user(&programs.join("postgres"));
    let guard = Command::new("sh")
        .args([OsStr::new("-c"), OsStr::new(GUARD), OsStr::new("guard"), folder.as_os_str()])
        .arg(server.get_program())
        .args(server.get_args())
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder)
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-F"])
        .args(["-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "shared_buffers=64MB"])
        .current_dir(folder)
        // Ctrl-C ends the tests; the guard then does its work undisturbed.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        let state = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Ok(guard);
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        if log.contains("FATAL") {
            return Err(io::Error::other(log));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(io::Error::other("PostgreSQL is not ready after 30 seconds"))
}

/// A command that runs as `nobody` where we are root.
fn as_server_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}")]);
    command.args(["--clear-groups", "--"]).arg(program);
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|of_us| of_us.uid() == 0)
}

/// A new folder with an empty server in it. Its path is short: a socket's may have 107 characters.
fn new_folder(programs: &Path) -> io::Result<PathBuf> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let name = format!("pg-{}-{}", std::process::id(), TAKEN.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => std::fs::create_dir(&folder)?,
    }
    if is_root() {
        chown(&folder, Some(NOBODY), Some(NOBODY))?;
    }
    let data = folder.join("data");
    let initdb = as_server_user(&programs.join("initdb"))
        .arg("-D")
        .arg(&data)
        .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()?;
    if !initdb.status.success() {
        std::fs::remove_dir_all(&folder)?;
        return Err(io::Error::other(String::from_utf8_lossy(&initdb.stderr).into_owned()));
    }
    let rules = data.join("pg_hba.conf");
    let guarded = format!("host all {GUARDED_USER} 127.0.0.1/32 scram-sha-256\n");
    std::fs::write(&rules, guarded + &std::fs::read_to_string(&rules)?)?;
    Ok(folder)
}

/// The folder of PostgreSQL's programs, the newest where there are several.
fn programs() -> Option<PathBuf> {
    let configured = Command::new("pg_config").arg("--bindir").output().ok();
    let configured = configured.filter(|output| output.status.success()).and_then(|output| {
        let text = String::from_utf8(output.stdout).ok()?;
        Some(PathBuf::from(text.trim()))
    });
    let on_path = std::env::var_os("PATH");
    let on_path = on_path.iter().flat_map(std::env::split_paths);
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    installed.sort_by_key(|folder| {
        let version = folder.parent().and_then(Path::file_name).and_then(OsStr::to_str);
        std::cmp::Reverse(version.and_then(|version| version.parse::<u32>().ok()))
    });
    let is_whole = |folder: &PathBuf| {
        ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).is_file())
    };
    configured.into_iter().chain(installed).chain(on_path).find(is_whole)
}
