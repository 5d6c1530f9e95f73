//! A receiver on this machine: answers what it is told to, and keeps what it got.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Channel, Sender, channel};
use std::thread;
use std::time::Duration;

/// A request as it arrived.
pub(crate) struct Received {
    /// The path.
    pub(crate) path: String,
    /// The headers, their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// A server that answers as many requests as there are answers, and ends.
pub(crate) struct Receiver {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    received: Channel<Received>,
}

impl Receiver {
    /// Listens, and answers with each of `answers` in turn: a status line and headers, like
    /// `503 Later\r\nretry-after: 30`.
    pub(crate) fn start(answers: impl IntoIterator<Item = String> + Send + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (sender, received) = channel();
        let answers: Vec<String> = answers.into_iter().collect();
        thread::spawn(move || {
            for answer in answers {
                let Ok((stream, _)) = listener.accept() else { return };
                if serve(stream, &answer, &sender).is_err() {
                    return;
                }
            }
        });
        Ok(Self { address, received })
    }

    /// Where it is, as a URL.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next request, if one arrives within five seconds.
    pub(crate) fn next(&self) -> Option<Received> {
        self.received.recv_timeout(Duration::from_secs(5)).ok()
    }
}

fn serve(mut stream: TcpStream, answer: &str, sender: &Sender<Received>) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    stream.flush()?;
    let _ = sender.send(Received { path, headers, body });
    Ok(())
}
