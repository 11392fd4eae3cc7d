//! A way to a server that can be cut: connections are reset, or what is sent on them goes nowhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// What the proxy does with its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Forward,
    Swallow,
}

pub(crate) struct Proxy {
    port: u16,
    mode: watch::Sender<Mode>,
    resets: watch::Sender<u64>,
    open: Arc<AtomicUsize>,
    _runtime: Runtime,
}

impl Proxy {
    pub(crate) fn start(server: u16) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mode, resets) = (watch::Sender::new(Mode::Forward), watch::Sender::new(0));
        let open = Arc::new(AtomicUsize::new(0));
        runtime.spawn({
            let (mode, resets, open) = (mode.clone(), resets.clone(), Arc::clone(&open));
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let (mode, resets, open) = (mode.subscribe(), resets.subscribe(), Arc::clone(&open));
                    tokio::spawn(async move {
                        open.fetch_add(1, Ordering::SeqCst);
                        let _ = carry(client, server, mode, resets).await;
                        open.fetch_sub(1, Ordering::SeqCst);
                    });
                }
            }
        });
        Self { port, mode, resets, open, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Resets every connection, as a firewall that forgot them does. How many there were.
    pub(crate) fn reset(&self) -> usize {
        let open = self.open.load(Ordering::SeqCst);
        self.resets.send_modify(|count| *count += 1);
        open
    }

    /// From now on nothing gets through, and nobody is told.
    pub(crate) fn swallow(&self) {
        self.mode.send_replace(Mode::Swallow);
    }

    /// Ends [`Proxy::swallow`], for connections made from now on.
    pub(crate) fn forward(&self) {
        self.mode.send_replace(Mode::Forward);
    }
}

async fn carry(
    mut client: TcpStream,
    server: u16,
    mut mode: watch::Receiver<Mode>,
    mut resets: watch::Receiver<u64>,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    // Once it has lost something, a connection is of no more use.
    let mut swallows = *mode.borrow_and_update() == Mode::Swallow;
    loop {
        tokio::select! {
            biased;
            _ = resets.changed() => {
                client.set_zero_linger()?;
                return Ok(());
            }
            _ = mode.changed() => swallows = true,
            read = client.read(&mut up) => match read? {
                0 => return Ok(()),
                _ if swallows => {}
                length => server.write_all(&up[..length]).await?,
            },
            read = server.read(&mut down), if !swallows => match read? {
                0 => return Ok(()),
                length => client.write_all(&down[..length]).await?,
            },
        }
    }
}
