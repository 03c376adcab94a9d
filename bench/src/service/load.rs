//! The load generator: clients that each keep one connection and send the next call when the last is
//! answered. One thread for all of them, since the server shares the machine.

use std::{
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime, task,
};

use crate::measure::Samples;

/// What one server is asked.
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    /// Whole HTTP calls, sent in turn.
    pub(crate) calls: Vec<Vec<u8>>,
    /// How many questions each call asks.
    pub(crate) questions: usize,
}

/// What some seconds of load came to.
pub(crate) struct Outcome {
    pub(crate) calls: usize,
    pub(crate) seconds: f64,
    /// Of each call, from the first byte sent to the last one received.
    pub(crate) milliseconds: Samples,
}

impl Outcome {
    pub(crate) fn per_second(&self) -> f64 {
        self.calls as f64 / self.seconds
    }
}

/// A call as it goes over the wire.
pub(crate) fn post(path: &str, token: Option<&str>, body: &[u8]) -> Vec<u8> {
    let authorization =
        token.map_or_else(String::new, |token| format!("authorization: Bearer {token}\r\n"));
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{authorization}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

/// Sends calls for so long from so many clients. An answer that is not 200 ends the run with an error.
pub(crate) fn run(target: &Target, clients: usize, duration: Duration) -> Result<Outcome> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let local = task::LocalSet::new();
    local.block_on(&runtime, all_clients(target, clients, duration))
}

/// Sends each call once, in order, and gives the bodies of the answers.
pub(crate) fn once(target: &Target) -> Result<Vec<Vec<u8>>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(target.address).await?;
        let mut bodies = Vec::new();
        for call in &target.calls {
            let (status, body) = connection.ask(call).await?;
            ensure!(status == 200, "{}: {status} {}", target.name, String::from_utf8_lossy(body));
            bodies.push(body.to_vec());
        }
        Ok(bodies)
    })
}

async fn all_clients(target: &Target, clients: usize, duration: Duration) -> Result<Outcome> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Connection::open(target.address).await?);
    }
    let calls: Rc<[Vec<u8>]> = target.calls.clone().into();
    let start = Instant::now();
    let end = start + duration;
    let tasks: Vec<_> = connections
        .into_iter()
        .enumerate()
        .map(|(client, connection)| {
            // Spread over the calls, so that clients do not march in step.
            let first = client * 7919 % calls.len();
            task::spawn_local(one_client(connection, Rc::clone(&calls), first, end))
        })
        .collect();
    let mut milliseconds = Samples::default();
    let mut count = 0;
    for task in tasks {
        for elapsed in task.await?.with_context(|| target.name.clone())? {
            milliseconds.push(elapsed.as_secs_f64() * 1e3);
            count += 1;
        }
    }
    Ok(Outcome { calls: count, seconds: start.elapsed().as_secs_f64(), milliseconds })
}

async fn one_client(
    mut connection: Connection,
    calls: Rc<[Vec<u8>]>,
    first: usize,
    end: Instant,
) -> Result<Vec<Duration>> {
    let mut elapsed = Vec::new();
    for call in calls.iter().cycle().skip(first) {
        let start = Instant::now();
        if start >= end {
            break;
        }
        let (status, body) = connection.ask(call).await?;
        ensure!(status == 200, "{status} {}", String::from_utf8_lossy(body));
        elapsed.push(start.elapsed());
    }
    Ok(elapsed)
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(4096) })
    }

    /// Status and body of the answer.
    pub(crate) async fn ask(&mut self, call: &[u8]) -> Result<(u16, &[u8])> {
        self.stream.write_all(call).await?;
        self.received.clear();
        loop {
            if let Some((status, body)) = whole(&self.received)? {
                return Ok((status, &self.received[body..]));
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                bail!("the server hung up");
            }
        }
    }
}

/// Status and begin of the body, once all of it is there. A chunked body keeps its chunk sizes.
fn whole(received: &[u8]) -> Result<Option<(u16, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(begin) = head.parse(received)? else { return Ok(None) };
    let header =
        |name: &str| head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let complete = match header("content-length") {
        Some(length) => {
            let length: usize = std::str::from_utf8(length.value)?.parse()?;
            received.len() >= begin + length
        }
        None => received.ends_with(b"0\r\n\r\n"),
    };
    Ok(complete.then_some((head.code.context("no status")?, begin)))
}
