//! One client with one kept connection: HTTP/1.1 by hand, so that every byte sent is the test's own.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::{Value, json};

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Status line and headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("the body is UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.head, self.text()))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &'_ str| {
            line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name))
        };
        Some(self.head.lines().find(|one| line(one))?.split_once(':')?.1.trim())
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr, token: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned() })
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<Response> {
        self.call("GET", path, &[], b"")
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> io::Result<Response> {
        self.call("POST", path, &[], body.to_string().as_bytes())
    }

    /// Any call with any headers besides.
    pub(crate) fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Response> {
        let mut call = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        call += &format!("authorization: Bearer {}\r\n", self.token);
        for (name, value) in headers {
            call += &format!("{name}: {value}\r\n");
        }
        if method == "POST" {
            call +=
                &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        call += "\r\n";
        self.stream.get_mut().write_all(&[call.as_bytes(), body].concat())?;
        self.response()
    }

    fn response(&mut self) -> io::Result<Response> {
        let mut head = String::new();
        loop {
            let before = head.len();
            if self.stream.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if head.get(before..) == Some("\r\n") {
                break;
            }
        }
        let status = head.get(9..12).and_then(|code| code.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let mut response = Response { status, head, body: Vec::new() };
        match response.header("content-length").and_then(|length| length.parse().ok()) {
            Some(length) => {
                response.body = vec![0; length];
                self.stream.read_exact(&mut response.body)?;
            }
            None => response.body = self.chunks()?,
        }
        Ok(response)
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let mut size = String::new();
            self.stream.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16)
                .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            let mut chunk = vec![0; size + 2];
            self.stream.read_exact(&mut chunk)?;
            if size == 0 {
                return Ok(body);
            }
            chunk.truncate(size);
            body.append(&mut chunk);
        }
    }
}

/// A question about the small law's town, whose answer the properties decide.
pub(crate) fn question(properties: &Value, principal: &str, matter: &str) -> Value {
    json!({
        "subject": { "type": "staff", "id": principal, "properties": properties },
        "action": { "name": "enter" },
        "resource": { "type": "door", "id": matter },
    })
}
