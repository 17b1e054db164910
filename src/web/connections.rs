//! Connections: so many at once, each for so long. What is slow or never ends takes nothing from the bot beside it.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Page;

/// Connections at once: a quarter of the files that a process may have open by default (1,024).
const MOST_CONNECTIONS: usize = 256;
/// How long the head of a request may take.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection may last.
const LONGEST: Duration = Duration::from_secs(60);
/// How long what was begun may take once a connection is to end.
const LAST_WORDS: Duration = Duration::from_millis(800);
/// How long no connection is taken after one that could not be: the process may have no more files.
const BREATHE: Duration = Duration::from_millis(100);
/// The largest head of a request, in bytes; a question of 2,000 letters of three bytes each takes 18,000.
const HEAD_BYTES: usize = 64 * 1024;

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub IpAddr);

/// A socket as the runtime takes it.
///
/// # Errors
/// Where the system can't make it one that nobody waits at.
///
/// # Panics
/// Outside of a runtime.
pub fn socket(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

impl Page {
    /// Answers at a socket until `end` comes, and then finishes what was begun, for a moment.
    pub async fn listen(&self, listener: TcpListener, end: impl Future<Output = ()>) {
        let service = TowerToHyperService::new(self.routes());
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let (ending, ended) = watch::channel(());
        let mut connections = JoinSet::new();
        let mut end = pin!(end);
        loop {
            tokio::select! {
                () = &mut end => break,
                Some(_) = connections.join_next() => {}
                next = accepted(&listener, &places) => match next {
                    Ok((place, stream, from)) => {
                        let (service, ended) = (service.clone(), ended.clone());
                        connections.spawn(async move {
                            serve(stream, Peer(from.ip()), service, ended).await;
                            drop(place);
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection can't be taken");
                        sleep(BREATHE).await;
                    }
                },
            }
        }
        drop(listener);
        drop(ending);
        while connections.join_next().await.is_some() {}
    }
}

async fn accepted(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, from) = listener.accept().await?;
    Ok((place, stream, from))
}

async fn serve(stream: TcpStream, peer: Peer, routes: TowerToHyperService<Router>, mut ended: watch::Receiver<()>) {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        routes.call(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    // How a connection broke off is the other end's affair, and what stood in it nobody's.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = ended.changed() => {}
        () = sleep(LONGEST) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(LAST_WORDS, connection).await;
}
