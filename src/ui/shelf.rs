//! The models that there are, those made in advance and the visitor's own: the road of each, its exam, and what can be done with it.

use leptos::prelude::*;

use super::{
    controls::{flag, live, nothing, press, typed, when, words},
    format,
};
use crate::protocol::{
    Command,
    models::{Entry, Stage, Which},
};

/// What is to be done with a model.
#[derive(Clone, Debug)]
pub enum Wish {
    Export(Which),
    /// The id of one of the visitor's, and its new name.
    Rename(String, String),
    Delete(String),
}

/// The models, and what a page does with them; copied freely.
#[derive(Clone, Copy)]
pub struct Shelf {
    pub entries: Signal<Vec<Entry>>,
    /// The one that the page works with.
    pub chosen: Signal<Option<Which>>,
    pub choose: Callback<Which>,
    /// What stands on a button that chooses a model, and on that of the chosen one.
    pub labels: [&'static str; 2],
    /// Whether a model can be opened in the workshop, which is another page.
    pub is_elsewhere: bool,
    /// To the worker.
    pub tell: Callback<Wish>,
}

pub fn view(shelf: Shelf) -> AnyView {
    let rows = move || {
        let entries = shelf.entries.get();
        entries.into_iter().map(|entry| row(shelf, entry)).collect::<Vec<_>>().into_any()
    };
    let has_none = move || !shelf.entries.with(|entries| entries.iter().any(|entry| matches!(entry.which, Which::Own(_))));
    view! {
        <ul class="shelf" data-testid="shelf">{live(rows)}</ul>
        {when(has_none, || view! {
            <p class="help">"None of them is yours yet. A model that you train is put here when it is done, in this browser alone."</p>
        }.into_any())}
    }
    .into_any()
}

/// Puts the visitor's own, as they are now, in the place of those before them.
pub fn renew(entries: &mut Vec<Entry>, own: Vec<Entry>) {
    entries.retain(|entry| matches!(entry.which, Which::Baked(_)));
    entries.extend(own);
}

impl From<Wish> for Command {
    fn from(wish: Wish) -> Self {
        match wish {
            Wish::Export(which) => Self::ExportModel { which },
            Wish::Rename(id, name) => Self::RenameModel { id, name },
            Wish::Delete(id) => Self::DeleteModel { id },
        }
    }
}

fn row(shelf: Shelf, entry: Entry) -> AnyView {
    let Entry { which, card, bytes } = entry;
    let link = match &which {
        Which::Baked(name) | Which::Own(name) => ["#model=", name].concat(),
        Which::Run => String::new(),
    };
    let workshop = if shelf.is_elsewhere {
        view! { <a href=["workshop.html", &link].concat() data-testid="shelf-workshop">"Open in the workshop"</a> }.into_any()
    } else {
        nothing()
    };
    let road: Vec<String> = card.parents.iter().map(|parent| parent.name.clone()).chain([card.name.clone()]).collect();
    let exam = card.exam.bits_per_byte.map_or(String::new(), |bits| format!(" · {} bits per byte", format::fixed(bits.into(), 2)));
    let said = format!(
        "{} parameters · {} · read {} tokens{exam} · {}",
        format::amount(card.config.parameters()),
        stage(card.stage),
        format::amount(card.tokens),
        format::bytes(bytes)
    );
    let this = which.clone();
    let is_chosen = flag(move || shelf.chosen.with(|chosen| chosen.as_ref() == Some(&this)));
    let chosen = which.clone();
    let export = Wish::Export(which.clone());
    let own = match which {
        Which::Own(id) => mine(shelf, id, card.name.clone()),
        Which::Baked(_) | Which::Run => nothing(),
    };
    view! {
        <li class="model" class:chosen=is_chosen data-testid="shelf-model">
            <p>
                <a href=link class="model-name">{card.name}</a>
                {if road.len() > 1 { view! { <span class="help">{["from ", &road.join(" → ")].concat()}</span> }.into_any() } else { nothing() }}
            </p>
            <p class="help">{said}</p>
            <div class="row">
                <button type="button" class="quiet" data-testid="shelf-ask" disabled=is_chosen on:click=press(move || shelf.choose.run(chosen.clone()))>
                    {words(move || shelf.labels[usize::from(is_chosen.get())].into())}
                </button>
                <button type="button" class="quiet" data-testid="shelf-download" on:click=press(move || shelf.tell.run(export.clone()))>"Download"</button>
                {workshop}
                {own}
            </div>
        </li>
    }
    .into_any()
}

/// What can be done with the visitor's own. Deletes at the second press.
fn mine(shelf: Shelf, id: String, name: String) -> AnyView {
    let sure = RwSignal::new(false);
    let (renamed, deleted) = (id.clone(), id);
    let rename = move |name: String| shelf.tell.run(Wish::Rename(renamed.clone(), name));
    let delete = move || {
        if sure.get_untracked() {
            shelf.tell.run(Wish::Delete(deleted.clone()));
        } else {
            sure.set(true);
        }
    };
    view! {
        <label class="model-rename">
            <span class="hidden">"Name"</span>
            <input type="text" maxlength="80" autocomplete="off" data-testid="shelf-rename" prop:value=name on:change=typed(rename)/>
        </label>
        <button type="button" class="quiet" data-testid="shelf-delete" on:click=press(delete) on:blur=move |_| sure.set(false)>
            {words(move || if sure.get() { "Delete for good?" } else { "Delete" }.into())}
        </button>
    }
    .into_any()
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Pretraining => "pretrained",
        Stage::Tuning => "tuned",
    }
}
