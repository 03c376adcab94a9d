//! The real server as a process, and clients over real connections: for tests that see it only from
//! outside.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and says what it did"
)]

pub(crate) mod client;
pub(crate) mod load;

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Run, SMALL, command, finish};

/// `bylaw serve` over a folder of data; killed when dropped.
pub(crate) struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

/// What a server is started with: by default the small law, SQLite, and few logs.
pub(crate) struct Setup {
    /// Keys, records and ledger.
    pub(crate) data: PathBuf,
    /// Where its standard error is added to.
    pub(crate) log: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
}

impl Setup {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            data: folder.join("data"),
            log: folder.join("log"),
            arguments: vec!["--packs".to_owned(), SMALL.to_owned()],
            environment: Vec::new(),
        }
    }

    /// A subcommand on the same data.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = command(words);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .arg("--data")
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Run {
        finish(self.command(words).spawn().expect("the program starts"))
    }

    /// A token of the town.
    pub(crate) fn token(&self) -> String {
        let run = self.run(&["token", "create", "--name", "desk", "--jurisdiction", "town"]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        run.out.trim().to_owned()
    }

    /// Verifies the log as it lies in the folder, and that it only grew since the last time.
    pub(crate) fn verify_log(&self) -> String {
        let [log, seen] = ["ledger", "seen.checkpoint"].map(|name| self.data.join(name));
        let mut arguments = vec!["ledger".as_ref(), "verify".as_ref(), log.as_os_str()];
        arguments.extend(["--remember".as_ref(), seen.as_os_str()]);
        let run = finish(
            command(&[])
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the program starts"),
        );
        assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
        assert_eq!(run.out.lines().count(), 1, "one summary line: {}", run.out);
        run.out
    }

    /// Starts the server and waits until it says where it listens.
    pub(crate) fn start(&self) -> Server {
        match self.try_start() {
            Ok(server) => server,
            Err(status) => panic!("the server ended with {status}: {}", self.errors()),
        }
    }

    /// The same; how it ended where it does not start.
    pub(crate) fn try_start(&self) -> Result<Server, ExitStatus> {
        let log = File::options().create(true).append(true).open(&self.log).expect("a log file");
        let mut process = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut output = BufReader::new(process.stdout.take().expect("standard output is a pipe"));
        let mut line = String::new();
        output.read_line(&mut line).expect("standard output is UTF-8");
        match line.trim().strip_prefix("listening on ").and_then(|url| url.split_once("://")) {
            Some((_, address)) => {
                let address = address.parse().expect("an address and a port");
                Ok(Server { process, output, address })
            }
            None => Err(process.wait().expect("the program ends")),
        }
    }

    /// All that its servers wrote to standard error.
    pub(crate) fn errors(&self) -> String {
        std::fs::read_to_string(&self.log).expect("the log is UTF-8")
    }
}

impl Server {
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as a loss of power would end it: nothing of the process runs any more.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("the process can be killed");
        self.process.wait().expect("the process ends");
    }

    /// Asks it to end, and waits. Gives what else it printed.
    pub(crate) fn stop(mut self) -> (ExitStatus, String) {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        assert!(status.success(), "the process can be told to end");
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).expect("standard output is UTF-8");
        (self.process.wait().expect("the process ends"), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// Waits until something outside has come about.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The seed of a test's random choices: from the environment where a failure is to be repeated.
pub(crate) fn seed() -> u64 {
    let seed = std::env::var("BYLAW_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        let mut bytes = [0; 8];
        File::open("/dev/urandom")
            .and_then(|mut file| file.read_exact(&mut bytes))
            .expect("the kernel gives random bytes");
        u64::from_le_bytes(bytes) | 1
    });
    println!("repeat with BYLAW_TEST_SEED={seed}");
    seed
}

/// Marsaglia's xorshift.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}
