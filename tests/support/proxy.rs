//! A way to a server that can lose what the server answers: what was sent arrives, and nobody hears of it. It can also cut
//! off its clients without a word to the server.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "test support: each test uses a part, and a fault must say where"
)]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What writes are answered with in place of the server.
type Refusal = Arc<Mutex<Option<Instead>>>;

#[derive(Clone, Copy)]
enum Instead {
    /// This error, each.
    Error(&'static str),
    /// These answers, once; then the connection ends.
    Last(&'static str),
}

/// Leads to one port of this machine.
pub struct Proxy {
    port: u16,
    mute: Arc<AtomicBool>,
    refusal: Refusal,
    closed: Arc<AtomicBool>,
    clients: Arc<Mutex<Vec<Client>>>,
    carrying: Arc<AtomicUsize>,
}

/// A connection of a client, and whether it was cut off.
struct Client {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
}

impl Proxy {
    /// To the server at `target`.
    pub fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mute, closed) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let clients = Arc::<Mutex<Vec<Client>>>::default();
        let refusal = Refusal::default();
        let carrying = Arc::<AtomicUsize>::default();
        thread::spawn({
            let (mute, closed, clients) = (Arc::clone(&mute), Arc::clone(&closed), Arc::clone(&clients));
            let carrying = Arc::clone(&carrying);
            let refusal = Arc::clone(&refusal);
            move || {
                while let Ok((client, _)) = listener.accept() {
                    if closed.load(Ordering::SeqCst) {
                        return;
                    }
                    // Where the server is down, the client's connection is closed with `client`.
                    if let Ok(server) = TcpStream::connect(("127.0.0.1", target)) {
                        let (from_client, from_server) =
                            (client.try_clone().unwrap(), server.try_clone().unwrap());
                        let (mute, cut) = (Arc::clone(&mute), Arc::<AtomicBool>::default());
                        let stream = client.try_clone().unwrap();
                        clients.lock().unwrap().push(Client { stream, cut: Arc::clone(&cut) });
                        let (refusal, is_cut) = (Arc::clone(&refusal), Arc::clone(&cut));
                        thread::spawn(move || {
                            ask(&from_client, &server, &refusal);
                            if !cut.load(Ordering::SeqCst) {
                                close(&from_client, &server);
                            }
                        });
                        carrying.fetch_add(1, Ordering::SeqCst);
                        let carrying = Arc::clone(&carrying);
                        thread::spawn(move || {
                            carry(&from_server, &client, [&mute, &is_cut]);
                            close(&from_server, &client);
                            carrying.fetch_sub(1, Ordering::SeqCst);
                        });
                    }
                }
            }
        });
        Self { port, mute, refusal, closed, clients, carrying }
    }

    /// `redis://127.0.0.1:PORT/0`
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Whether answers are lost from now on.
    pub fn lose_answers(&self, lose: bool) {
        self.mute.store(lose, Ordering::SeqCst);
    }

    /// Whether answers may still come: those of a server that was killed lie on the way until this is over.
    pub fn is_open(&self) -> bool {
        self.carrying.load(Ordering::SeqCst) > 0
    }

    /// From now on writes do not arrive, and are answered with this error (`LOADING ...`); or arrive again.
    pub fn refuse_writes(&self, error: Option<&'static str>) {
        *self.refusal.lock().unwrap() = error.map(Instead::Error);
    }

    /// The next writes do not arrive and are answered with this, as it is sent; behind it the connection ends.
    pub fn answer_last(&self, answers: &'static str) {
        *self.refusal.lock().unwrap() = Some(Instead::Last(answers));
    }

    /// No answers are lost from now on, on new connections: those that there are end, with whatever lies on the way there.
    pub fn answer_anew(&self) {
        self.clients.lock().unwrap().iter().for_each(|client| client.cut.store(true, Ordering::SeqCst));
        self.lose_answers(false);
        self.cut_clients();
    }

    /// Ends the connections that there are on the clients' side; the server learns of it when it has something to say.
    pub fn cut_clients(&self) {
        for Client { stream, cut } in self.clients.lock().unwrap().drain(..) {
            cut.store(true, Ordering::SeqCst);
            // The client may have closed it before.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Carries what a client asks until one side closes; its writes are refused where that is wanted. A pipeline that is longer
/// than what is read at once must not be sent then.
fn ask(mut client: &TcpStream, mut server: &TcpStream, refusal: &Refusal) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let asked = &buffer[..length];
        let refused = refusal.lock().unwrap().filter(|_| {
            [&b"EVALSHA\r\n"[..], b"EVAL\r\n", b"XADD\r\n"].iter().any(|name| count(asked, name) > 0)
        });
        let written = match refused {
            // A command begins as an array, whose length stands in a line of its own.
            Some(Instead::Error(error)) => {
                let commands =
                    asked.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"*")).count();
                client.write_all(format!("-{error}\r\n").repeat(commands).as_bytes())
            }
            Some(Instead::Last(answers)) => {
                *refusal.lock().unwrap() = None;
                // The client may have gone by itself.
                let _ = client.write_all(answers.as_bytes());
                return;
            }
            None => server.write_all(asked),
        };
        if written.is_err() {
            break;
        }
    }
}

fn count(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).filter(|window| *window == part).count()
}

/// Until one side closes.
fn carry(mut from: &TcpStream, mut to: &TcpStream, losing: [&AtomicBool; 2]) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let loses = losing.iter().any(|lose| lose.load(Ordering::SeqCst));
        if !loses && to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
}

fn close(one: &TcpStream, other: &TcpStream) {
    // Whatever is closed already may fail.
    let _ = (one.shutdown(Shutdown::Both), other.shutdown(Shutdown::Both));
}
