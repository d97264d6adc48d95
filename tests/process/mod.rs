//! The built program in a process of its own, and a client that asks it and nothing more.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

pub(crate) const TOKEN: &str = "a-token-for-tests";

/// Long enough for anything that is not stuck, on a machine busy with everything else.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The program, serving. It is killed when it is dropped.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) public: String,
    pub(crate) admin: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        // On Unix this is SIGKILL: nothing of the process runs any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// Starts it and waits until something is served.
    pub(crate) fn start(source: &Path, state: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nearest-atm"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NEAREST_ATM_")) {
            command.env_remove(name);
        }
        let mut child = command
            .arg("serve")
            .arg(source)
            .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .env("NEAREST_ATM_ADMIN_TOKEN", TOKEN)
            .env("NEAREST_ATM_STATE_DIR", state)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let (mut public, mut admin, mut seen) = (None, None, String::new());
        let mut is_published = false;
        while public.is_none() || admin.is_none() || !is_published {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended:\n{seen}");
            seen.push_str(&line);
            for (words, address) in [
                ("Administration listens on http://", &mut admin),
                ("Listening on http://", &mut public),
            ] {
                if let Some((_, rest)) = line.split_once(words) {
                    *address = rest.split_whitespace().next().map(str::to_owned);
                }
            }
            is_published |= line.contains("Published snapshot");
        }
        std::thread::spawn(move || drop(log.read_to_end(&mut Vec::new())));
        Self { child, public: public.unwrap(), admin: admin.unwrap() }
    }

    /// Asks administration; `None` when the answer does not arrive whole.
    pub(crate) fn administer(
        &self,
        method: &str,
        target: &str,
        body: &str,
    ) -> Option<(u16, Value)> {
        administer(&self.admin, method, target, body)
    }
}

/// Asks administration at an address; `None` when the answer does not arrive whole.
pub(crate) fn administer(
    address: &str,
    method: &str,
    target: &str,
    body: &str,
) -> Option<(u16, Value)> {
    Client::connect(address)?.ask(method, target, body)
}

/// A connection that is kept from one question to the next.
pub(crate) struct Client {
    connection: BufReader<TcpStream>,
    address: String,
}

impl Client {
    pub(crate) fn connect(address: &str) -> Option<Self> {
        let connection = TcpStream::connect(address).ok()?;
        connection.set_read_timeout(Some(PATIENCE)).ok()?;
        Some(Self { connection: BufReader::new(connection), address: address.to_owned() })
    }

    /// Status and JSON of an answer; `None` when it does not arrive whole.
    pub(crate) fn ask(&mut self, method: &str, target: &str, body: &str) -> Option<(u16, Value)> {
        let (length, address) = (body.len(), &self.address);
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {TOKEN}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.connection.get_mut().write_all(request.as_bytes()).ok()?;
        let (mut status, mut length) = (None, None);
        loop {
            let mut line = String::new();
            if self.connection.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            } else if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest.split(' ').next()?.parse().ok();
            } else if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok();
            }
        }
        let mut body = vec![0; length?];
        self.connection.read_exact(&mut body).ok()?;
        Some((status?, serde_json::from_slice(&body).ok()?))
    }
}

/// The version that every machine of an answer says it is of, and how many there are. A mixture
/// ends the test.
pub(crate) fn version_of(answer: &Value) -> (u64, usize) {
    let atms: Vec<&Value> = match answer.get("neighbours") {
        Some(neighbours) => {
            let neighbours = neighbours.as_array().unwrap().iter();
            neighbours.flat_map(|neighbour| neighbour["atms"].as_array().unwrap()).collect()
        }
        None => answer["atms"].as_array().unwrap().iter().collect(),
    };
    let versions = atms.iter().map(|atm| {
        let operator = atm["operator"].as_str().unwrap();
        operator.strip_prefix("Version ").unwrap().parse::<u64>().unwrap()
    });
    let versions: Vec<u64> = versions.collect();
    assert!(versions.iter().all(|version| *version == versions[0]), "mixed: {versions:?}");
    (versions[0], versions.len())
}

/// Puts a list of machines in place whose every machine says which version it is of.
pub(crate) fn put_version(path: &Path, version: u64, atms: usize) {
    let rows = (0..atms).map(|atm| format!("{atm},60.{:04},24.9,Version {version}\n", 1000 + atm));
    let text: String = std::iter::once("id,lat,lon,operator\n".to_owned()).chain(rows).collect();
    let unfinished = path.with_extension("unfinished");
    std::fs::write(&unfinished, text).unwrap();
    std::fs::rename(&unfinished, path).unwrap();
}
