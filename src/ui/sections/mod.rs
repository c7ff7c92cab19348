//! The page's sections, in the order in which a visitor meets them.

mod compare;
mod dock;
mod generate;
mod keep;
mod kept;
mod measured;
mod model;
mod text;
mod train;
mod wishes;

use leptos::prelude::*;

pub use compare::Compare;
pub use dock::Dock;
pub use generate::Generate;
pub use keep::Keep;
pub use kept::{KeptRuns, Welcome};
pub use model::Model;
pub use text::Text;
pub use train::Train;

/// A titled part of the page.
#[component]
fn Sheet(id: &'static str, title: &'static str, lead: &'static str, children: Children) -> AnyView {
    let heading = format!("{id}-title");
    view! {
        <section class="sheet" id=id data-testid=format!("section-{id}") aria-labelledby=heading.clone()>
            <header>
                <h2 id=heading.clone()>{title}</h2>
                <p class="lead">{lead}</p>
            </header>
            {children()}
        </section>
    }
    .into_any()
}
