//! What the protocols of all chapters have in common.

use serde::{Deserialize, Serialize};

use super::TextSource;

/// Where a chapter's text comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Source {
    /// The built-in world, this many words of it.
    World {
        words: u32,
    },
    /// The text that the visitor gave last on any page of the site, if it is kept; else the built-in world.
    Kept {
        words: u32,
    },
    Given(TextSource),
}
