//! Where the page listens, by itself or beside the bot.

use std::net::{SocketAddr, TcpListener};

use anyhow::Context;

/// A socket at an address, before the posts are read: who made a mistake there hears of it at once. `settings` are what can name
/// another one.
pub(super) fn bind(address: SocketAddr, settings: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .with_context(|| format!("can't listen on {address}: name another address and port with {settings}"))
}

/// Serves a page at a socket for as long as the runtime lives.
#[cfg(feature = "matrix")]
pub(super) fn serve(runtime: &tokio::runtime::Runtime, page: crate::web::Page, listener: TcpListener) -> anyhow::Result<()> {
    let address = listener.local_addr().context("can't listen")?;
    let _within = runtime.enter();
    let listener = crate::web::socket(listener).context("can't listen")?;
    runtime.spawn(async move { page.listen(listener, std::future::pending()).await });
    tracing::info!(%address, "serving the page");
    Ok(())
}
