//! The map: all words at once, moving as they are learnt.

use leptos::{
    ev::{KeyboardEvent, PointerEvent, WheelEvent},
    html::Canvas,
    prelude::*,
};

use super::{
    Replies,
    canvas::{Focus, Scene},
    desk::Desk,
    parts::{dot, group_name, nearest},
    setup,
};
use crate::{
    platform::{lower_case, now},
    protocol::words::{Answer, Built, Line, Method, Near, OTHER, Question, View},
    ui::{
        controls::{flag, live, nothing, press, refusal, typed, when, words},
        format,
        labels::Place,
    },
};

/// Pixels that a pointer may move and still have pressed in one place.
const STILL: f64 = 4.0;
/// Its name among the views.
const UNFOLDED: &str = "heaps";
/// How often all is drawn while nothing moves, in milliseconds: the window or its colours may have changed.
const IDLE: std::time::Duration = std::time::Duration::from_millis(1000);

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    map: Replies,
    near: Replies,
    canvas: NodeRef<Canvas>,
    scene: StoredValue<Scene, LocalStorage>,
    view: RwSignal<View>,
    /// The word that was chosen, or that the pointer is over.
    chosen: RwSignal<Option<u32>>,
    hovered: RwSignal<Option<u32>>,
    /// Where a pointer went down, and where it was last.
    held: StoredValue<Option<[Place; 2]>>,
    is_scheduled: StoredValue<bool>,
}

pub fn view(desk: Desk, on_screen: Signal<bool>) -> AnyView {
    let view = RwSignal::new(View::All);
    let [chosen, hovered] = [RwSignal::new(None), RwSignal::new(None)];
    let word = move || -> Option<String> {
        let word = hovered.get().or(chosen.get())?;
        desk.built.with(|built| built.as_ref().and_then(|built| built.names.get(word as usize).cloned()))
    };
    let figure = Figure {
        desk,
        map: desk.keep_asking(Line::Map, move || on_screen.get().then(|| Question::Map { view: view.get() })),
        near: desk.keep_asking(Line::Near, move || word().map(|word| Question::Near { word })),
        canvas: NodeRef::new(),
        scene: StoredValue::new_local(Scene::default()),
        view,
        chosen,
        hovered,
        held: StoredValue::new(None),
        is_scheduled: StoredValue::new(false),
    };
    figure.follow();
    view! {
        <div class="map" data-testid="map">
            <div class="row map-tools">
                {figure.planes()}
                {figure.search()}
                <span class="map-zoom">
                    <button type="button" aria-label="Closer" data-testid="map-closer" on:click=press(move || figure.magnify(1.6))>"+"</button>
                    <button type="button" aria-label="Farther" on:click=press(move || figure.magnify(0.625))>"−"</button>
                    <button type="button" on:click=press(move || figure.change(Scene::whole))>"Whole"</button>
                </span>
            </div>
            {refusal("map-refusal", move || figure.map.refusal())}
            <div class="map-body">
                <div class="map-ground">
                    {figure.ground()}
                    <p class="map-done" data-testid="map-done">{words(move || figure.done())}</p>
                </div>
                <div class="inside" data-testid="map-near">{live(move || figure.beside())}</div>
            </div>
            {when(move || desk.built.with(are_kinds_known), legend)}
            <div class="row">
                <button
                    type="button"
                    data-testid="map-train"
                    disabled=flag(move || desk.progress.with(Option::is_some))
                    on:click=press(move || desk.train())
                >
                    {words(move || setup::anew(desk).into())}
                </button>
                <p class="help" data-testid="map-method">{words(move || method(desk))}</p>
            </div>
        </div>
    }
    .into_any()
}

/// How what the map shows was learnt, or until there is something what is chosen.
fn method(desk: Desk) -> String {
    let shown = desk.built.with(|built| built.as_ref().map(|built| (built.setup, built.imported.is_some())));
    let (setup, is_imported) = shown.unwrap_or_else(|| (desk.setup.get(), false));
    if is_imported {
        return format!("This map: {} dimensions, from a file; settings at the top", setup.dimensions);
    }
    let learns = setup::told(setup.method);
    let passes = if setup.method == Method::Counting {
        String::new()
    } else {
        format!(", {}", format::counted(setup.epochs.into(), "pass").replace("passs", "passes"))
    };
    format!("This map: “{learns}”, {} dimensions{passes}; settings at the top", setup.dimensions)
}

/// Whether there is anything that the legend explains.
fn are_kinds_known(built: &Option<Built>) -> bool {
    built.as_ref().is_none_or(|built| built.groups.iter().any(|group| *group != OTHER))
}

/// The kinds of words and their colours, which the canvas takes from here.
fn legend() -> AnyView {
    let kind = |group: u8| view! { <li>{dot(group)}{group_name(group)}</li> }.into_any();
    view! { <ul class="legend kinds" aria-label="Colours">{(0..=OTHER).map(kind).collect::<Vec<_>>()}</ul> }.into_any()
}

impl Figure {
    /// Draws whenever something changes.
    fn follow(&self) {
        let figure = *self;
        Effect::new(move |before: Option<View>| {
            let view = figure.view.get();
            let picture = figure.map.last(|answer| if let Answer::Map(map) = answer { Some(map.clone()) } else { None });
            match picture {
                // Another plane takes its time.
                Some(map) => {
                    let turns = before != Some(view) || map.done >= 1.0 && view != View::Unfolded;
                    figure.scene.update_value(|scene| scene.receive(map, turns, now()));
                }
                None => figure.scene.update_value(Scene::forget),
            }
            figure.redraw();
            view
        });
        Effect::new(move |_| {
            figure.desk.built.with(|_| ());
            figure.chosen.set(None);
            figure.hovered.set(None);
            figure.scene.update_value(Scene::whole);
            // Another text may have other relations.
            if matches!(figure.view.get_untracked(), View::Relation(_)) {
                figure.view.set(View::All);
            }
        });
        Effect::new(move |_| {
            figure.chosen.track();
            figure.hovered.track();
            figure.near.answers.track();
            figure.redraw();
        });
        let _ = set_interval_with_handle(move || figure.redraw(), IDLE);
    }

    fn redraw(&self) {
        if self.is_scheduled.get_value() {
            return;
        }
        self.is_scheduled.set_value(true);
        let figure = *self;
        request_animation_frame(move || {
            figure.is_scheduled.set_value(false);
            if figure.draw() {
                figure.redraw();
            }
        });
    }

    fn draw(&self) -> bool {
        let Some(canvas) = self.canvas.get_untracked() else { return false };
        let chosen = self.hovered.get_untracked().or(self.chosen.get_untracked());
        let near = untrack(|| self.neighbours());
        self.desk.built.with_untracked(|built| {
            let Some(built) = built else { return false };
            let place = |near: &Near| built.names.iter().position(|name| *name == near.word).map(|place| place as u32);
            let near: Vec<u32> = near.iter().filter_map(place).collect();
            let relation = match self.view.get_untracked() {
                View::Relation(relation) => built.relations.get(relation as usize),
                View::All | View::Unfolded => None,
            };
            let pairs = relation.map_or(&[][..], |relation| &relation.pairs);
            let focus = Focus { names: &built.names, groups: &built.groups, chosen, near: &near, pairs };
            let mut moves = false;
            self.scene.update_value(|scene| moves = scene.draw(&canvas, &focus, now()));
            moves
        })
    }

    /// The word that is meant, by its name.
    fn word(&self) -> Option<String> {
        let word = self.hovered.get().or(self.chosen.get())?;
        self.desk.built.with(|built| built.as_ref().and_then(|built| built.names.get(word as usize).cloned()))
    }

    /// Those of the word that is meant, once they are known.
    fn neighbours(&self) -> Vec<Near> {
        let Some(word) = self.word() else { return Vec::new() };
        let of_word = |answer: &Answer| match answer {
            Answer::Near(found) if found.word == word => Some(found.near.clone()),
            _ => None,
        };
        self.near.last(of_word).unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut Scene)) {
        self.scene.update_value(change);
        self.redraw();
    }

    fn size(&self) -> Place {
        self.canvas.get_untracked().map_or([1.0; 2], |canvas| [f64::from(canvas.client_width()), f64::from(canvas.client_height())])
    }

    fn magnify(&self, factor: f64) {
        let size = self.size();
        self.change(|scene| scene.magnify(factor, size.map(|side| side / 2.0), size));
    }

    fn ground(&self) -> AnyView {
        let figure = *self;
        let at = |event: &PointerEvent| [f64::from(event.offset_x()), f64::from(event.offset_y())];
        let down = move |event: PointerEvent| figure.held.set_value(Some([at(&event); 2]));
        let moved = move |event: PointerEvent| {
            let (here, size) = (at(&event), figure.size());
            match figure.held.get_value().filter(|_| event.buttons() != 0) {
                Some([first, last]) => {
                    figure.held.set_value(Some([first, here]));
                    figure.change(|scene| scene.shift([here[0] - last[0], here[1] - last[1]]));
                }
                None => {
                    let word = figure.scene.with_value(|scene| scene.word_at(here, size, now()));
                    if figure.hovered.get_untracked() != word {
                        figure.hovered.set(word);
                    }
                }
            }
        };
        let up = move |event: PointerEvent| {
            let here = at(&event);
            let first = figure.held.get_value().map(|[first, _]| first);
            figure.held.set_value(None);
            if first.is_some_and(|first| (here[0] - first[0]).hypot(here[1] - first[1]) < STILL) {
                let size = figure.size();
                figure.chosen.set(figure.scene.with_value(|scene| scene.word_at(here, size, now())));
            }
        };
        // Only where the map was pressed first: the page is scrolled over it else.
        let wheel = move |event: WheelEvent| {
            let has_focus = document().active_element().is_some_and(|element| element.id() == "map-canvas");
            if has_focus || event.ctrl_key() {
                event.prevent_default();
                let at = [f64::from(event.offset_x()), f64::from(event.offset_y())];
                let size = figure.size();
                figure.change(|scene| scene.magnify((-event.delta_y() / 400.0).exp(), at, size));
            }
        };
        let key = move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowLeft" => [60.0, 0.0],
                "ArrowRight" => [-60.0, 0.0],
                "ArrowUp" => [0.0, 60.0],
                "ArrowDown" => [0.0, -60.0],
                "+" | "=" => return figure.magnify(1.6),
                "-" => return figure.magnify(0.625),
                "0" => return figure.change(Scene::whole),
                _ => return,
            };
            event.prevent_default();
            figure.change(|scene| scene.shift(by));
        };
        view! {
            <canvas
                id="map-canvas"
                node_ref=figure.canvas
                tabindex="0"
                role="img"
                aria-label="A map of words: those that keep the same company lie near each other. Find a word to read which are near it. Arrow keys move the map, plus and minus change its size."
                data-testid="map-canvas"
                on:pointerdown=down
                on:pointermove=moved
                on:pointerup=up
                on:pointerleave=move |_| figure.hovered.set(None)
                on:wheel=wheel
                on:keydown=key
            ></canvas>
        }
        .into_any()
    }

    /// How all is laid out.
    fn planes(&self) -> AnyView {
        let figure = *self;
        let options = move || {
            let relations = figure.desk.built.with(|built| built.as_ref().map_or_else(Vec::new, |built| built.relations.clone()));
            let option = |(i, name): (usize, String)| {
                let chosen = flag(move || figure.view.get() == View::Relation(i as u32));
                view! { <option value=i.to_string() prop:selected=chosen>{name}</option> }.into_any()
            };
            relations.into_iter().map(|relation| relation.name).enumerate().map(option).collect::<Vec<_>>().into_any()
        };
        let choose = move |value: String| {
            let relation = || value.parse().map_or(View::All, View::Relation);
            figure.view.set(if value == UNFOLDED { View::Unfolded } else { relation() });
            figure.change(Scene::whole);
        };
        view! {
            <label class="map-plane">
                "See "
                <select data-testid="map-plane" on:change=typed(choose)>
                    <option value="" prop:selected=flag(move || figure.view.get() == View::All)>"all words"</option>
                    <option value=UNFOLDED>"heaps of like words"</option>
                    {live(options)}
                </select>
            </label>
        }
        .into_any()
    }

    fn search(&self) -> AnyView {
        let figure = *self;
        let missing = RwSignal::new(false);
        Effect::new(move |_| {
            figure.desk.built.track();
            missing.set(false);
        });
        let find = move |text: String| {
            let wanted = text.trim();
            let found = figure.desk.built.with_untracked(|built| {
                let place = |word: &str| built.as_ref()?.names.iter().position(|name| name == word);
                place(wanted).or_else(|| place(&lower_case(wanted))).map(|place| place as u32)
            });
            missing.set(found.is_none() && !wanted.is_empty());
            figure.chosen.set(found);
            if let Some(word) = found {
                figure.change(|scene| scene.seek(word));
            }
        };
        view! {
            <label class="map-find">
                "Find "
                <input type="text" autocomplete="off" autocapitalize="off" spellcheck="false" data-testid="map-find" on:input=typed(find)/>
            </label>
            <span class="help" role="status">{words(move || if missing.get() { "not on the map".into() } else { String::new() })}</span>
        }
        .into_any()
    }

    fn done(&self) -> String {
        let done = self.map.last(|answer| if let Answer::Map(map) = answer { Some(map.done) } else { None });
        let is_learning = self.desk.is_learning();
        match (done, self.view.get()) {
            (None, _) => self.desk.waits().into(),
            (Some(_), View::Unfolded) if self.map.is_asking() && !is_learning => "The words fall into heaps…".into(),
            (Some(done), _) if is_learning => format!("{} of the training", format::percent(done.into())),
            (Some(_), View::Unfolded) => "Near means alike; far means nothing.".into(),
            (Some(_), _) => String::new(),
        }
    }

    /// The chosen word and its neighbours.
    fn beside(&self) -> AnyView {
        let Some(name) = self.word() else {
            return match self.desk.built.with(Option::is_some) {
                true => view! { <p class="help">"Point at a word, or find one, to see which words are nearest to it. Drag to move the map; once you have pressed on it, the wheel zooms."</p> }.into_any(),
                false => nothing(),
            };
        };
        view! {
            <p><b data-testid="map-word">{name}</b>" is nearest to"</p>
            {nearest("The nearest words", &self.neighbours())}
        }
        .into_any()
    }
}
