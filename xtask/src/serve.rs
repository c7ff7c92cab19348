use std::net::TcpListener;

use crate::build::trunk;
use crate::dirs::Dirs;
use crate::shell::{Result, run, say};
use crate::tools;

/// Builds the page, serves it on this machine and rebuilds it when a file changes, until interrupted.
pub fn serve(dirs: &Dirs) -> Result {
    tools::rust()?;
    let mut trunk = trunk(dirs, "serve")?;
    let port = (8080..8180).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let port = port.ok_or("Every port from 8080 to 8179 is taken: free one and run this again.")?;
    say(&format!("building; then the page is at http://127.0.0.1:{port}/ (stop with Ctrl-C)"));
    // A profile of its own: training needs optimised code, editing needs quick links.
    trunk.args(["--cargo-profile", "serve", "--address", "127.0.0.1", "--port"]).arg(port.to_string());
    trunk.arg("--dist").arg(dirs.target.join("serve-dist"));
    run(&mut trunk, "The server stopped: see the messages above.")
}
