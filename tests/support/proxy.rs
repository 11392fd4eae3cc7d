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
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Leads to one port of this machine.
pub struct Proxy {
    port: u16,
    mute: Arc<AtomicBool>,
    closed: Arc<AtomicBool>,
    clients: Arc<Mutex<Vec<Client>>>,
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
        thread::spawn({
            let (mute, closed, clients) = (Arc::clone(&mute), Arc::clone(&closed), Arc::clone(&clients));
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
                        thread::spawn(move || {
                            carry(&from_client, &server, &AtomicBool::new(false));
                            if !cut.load(Ordering::SeqCst) {
                                close(&from_client, &server);
                            }
                        });
                        thread::spawn(move || {
                            carry(&from_server, &client, &mute);
                            close(&from_server, &client);
                        });
                    }
                }
            }
        });
        Self { port, mute, closed, clients }
    }

    /// `redis://127.0.0.1:PORT/0`
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Whether answers are lost from now on.
    pub fn lose_answers(&self, lose: bool) {
        self.mute.store(lose, Ordering::SeqCst);
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

/// Until one side closes.
fn carry(mut from: &TcpStream, mut to: &TcpStream, lose: &AtomicBool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !lose.load(Ordering::SeqCst) && to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
}

fn close(one: &TcpStream, other: &TcpStream) {
    // Whatever is closed already may fail.
    let _ = (one.shutdown(Shutdown::Both), other.shutdown(Shutdown::Both));
}
