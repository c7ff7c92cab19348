//! Thousands of words as points on a canvas: what moves, what is in sight, and which names there is room for.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::{
    protocol::words::{Map, OTHER, are_many_known},
    ui::labels::Place,
};

/// Milliseconds in which a picture turns into the next, while words are learnt and when the plane is another.
const STEP: f64 = 110.0;
const TURN: f64 = 900.0;
/// Milliseconds after which colours are looked up again.
const COLOURS: f64 = 500.0;
/// Names that are written, at most; and on a narrow canvas.
const NAMES: usize = 140;
const FEW_NAMES: usize = 50;
const NARROW: f64 = 500.0;
/// Pixels of a letter and of a line of names.
const LETTER: f64 = 7.2;
const LINE: f64 = 15.0;
/// Pixels from a point to the pointer that means it.
const REACH: f64 = 16.0;
const MOST_ZOOM: f64 = 40.0;
/// Pixels around the map as a whole, as many as a line of words at the bottom takes.
const MARGIN: f64 = 36.0;

/// What is drawn but for what it is drawn on.
pub struct Scene {
    from: Vec<[f32; 2]>,
    to: Vec<[f32; 2]>,
    /// How far from the middle the map reaches, in the last picture and in the next.
    reach: [[f32; 2]; 2],
    begun: f64,
    lasts: f64,
    /// What lies in the middle of the canvas, and how much larger than usual all is.
    centre: Place,
    zoom: f64,
    /// Pixels of a step of 1 on the map, with which the whole of it fits the canvas.
    fit: f64,
    /// Those that had names in the last picture have them in the next, as far as there is room.
    named: Vec<u32>,
    /// Of each kind of words, of the names and of the ground.
    colours: Vec<String>,
    coloured: f64,
}

/// What of the scene is meant.
pub struct Focus<'a> {
    pub names: &'a [String],
    pub groups: &'a [u8],
    pub chosen: Option<u32>,
    pub near: &'a [u32],
    /// Pairs of which lines are drawn; then all other words are pale.
    pub pairs: &'a [[u32; 2]],
}

impl Default for Scene {
    fn default() -> Self {
        let (from, to, named, colours) = Default::default();
        Self {
            from,
            to,
            reach: [[1.0; 2]; 2],
            begun: 0.0,
            lasts: STEP,
            centre: [0.0; 2],
            zoom: 1.0,
            fit: 1.0,
            named,
            colours,
            coloured: f64::NEG_INFINITY,
        }
    }
}

impl Scene {
    /// The words move to other places, from wherever they are now.
    pub fn receive(&mut self, Map { places, reach, .. }: Map, turns: bool, now: f64) {
        let goes_on = self.to.len() == places.len();
        // What had no place comes from where it goes to.
        let from = |(word, to): (usize, &[f32; 2])| {
            let from = if goes_on { self.place(word, now) } else { *to };
            if from[0].is_nan() { *to } else { from }
        };
        self.from = places.iter().enumerate().map(from).collect();
        self.reach = [if goes_on { self.between(self.reach, now) } else { reach }, reach];
        self.to = places;
        self.begun = now;
        self.lasts = if turns { TURN } else { STEP };
    }

    pub fn forget(&mut self) {
        self.from.clear();
        self.to.clear();
        self.named.clear();
    }

    pub fn whole(&mut self) {
        (self.centre, self.zoom) = ([0.0; 2], 1.0);
    }

    /// Makes all larger by a factor, but for what lies under a place on the canvas, which stays there.
    pub fn magnify(&mut self, factor: f64, at: Place, size: Place) {
        let fixed = self.on_map(at, size);
        self.zoom = (self.zoom * factor).clamp(0.5, MOST_ZOOM);
        let moved = self.on_map(at, size);
        self.centre = [0, 1].map(|axis| self.centre[axis] + fixed[axis] - moved[axis]);
    }

    /// Moves what is in sight by so many pixels.
    pub fn shift(&mut self, by: Place) {
        let scale = self.fit * self.zoom;
        self.centre = [self.centre[0] - by[0] / scale, self.centre[1] + by[1] / scale];
    }

    /// Brings a word to the middle.
    pub fn seek(&mut self, word: u32) {
        if let Some(place) = self.to.get(word as usize).filter(|place| !place[0].is_nan()) {
            self.centre = place.map(f64::from);
            self.zoom = self.zoom.max(3.0);
        }
    }

    /// The word whose point is nearest to a place on the canvas, if one is near.
    pub fn word_at(&self, at: Place, size: Place, now: f64) -> Option<u32> {
        let far = |word: usize| {
            let [x, y] = self.on_canvas(self.place(word, now), size);
            (x - at[0]).hypot(y - at[1])
        };
        let placed = (0..self.to.len()).map(|word| (far(word), word)).filter(|(far, _)| !far.is_nan());
        let nearest = placed.min_by(|a, b| a.0.total_cmp(&b.0))?;
        (nearest.0 <= REACH).then_some(nearest.1 as u32)
    }

    /// Draws all; whether it still moves.
    pub fn draw(&mut self, canvas: &HtmlCanvasElement, focus: &Focus, now: f64) -> bool {
        let size = [f64::from(canvas.client_width()), f64::from(canvas.client_height())];
        let sharpness = window().device_pixel_ratio().clamp(1.0, 2.0);
        let [width, height] = size.map(|side| (side * sharpness) as u32);
        if canvas.width() != width || canvas.height() != height {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        let Some(context) = canvas.get_context("2d").ok().flatten().and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok())
        else {
            return false;
        };
        if now - self.coloured > COLOURS {
            self.coloured = now;
            self.colours = colours(canvas);
        }
        let _ = context.set_transform(sharpness, 0.0, 0.0, sharpness, 0.0, 0.0);
        context.clear_rect(0.0, 0.0, size[0], size[1]);
        let reach = self.between(self.reach, now).map(|reach| f64::from(reach.max(f32::MIN_POSITIVE)));
        self.fit = ((size[0] / 2.0 - MARGIN) / reach[0]).min((size[1] / 2.0 - MARGIN) / reach[1]);
        let places: Vec<Place> = (0..self.to.len()).map(|word| self.on_canvas(self.place(word, now), size)).collect();
        self.draw_pairs(&context, focus, &places);
        self.draw_points(&context, focus, &places, size);
        self.draw_names(&context, focus, &places, size);
        now < self.begun + self.lasts
    }

    fn draw_pairs(&self, context: &CanvasRenderingContext2d, focus: &Focus, places: &[Place]) {
        let line = |from: u32, to: u32| {
            let ends = [from, to].map(|word| places.get(word as usize).filter(|place| !place[0].is_nan()));
            if let [Some(from), Some(to)] = ends {
                context.move_to(from[0], from[1]);
                context.line_to(to[0], to[1]);
            }
        };
        context.set_stroke_style_str(self.colour(OTHER + 1));
        context.set_line_width(1.0);
        context.set_global_alpha(0.45);
        context.begin_path();
        focus.pairs.iter().for_each(|&[a, b]| line(a, b));
        // Beside those of pairs, lines to the neighbours would look like pairs.
        if let Some(chosen) = focus.chosen.filter(|_| focus.pairs.is_empty()) {
            focus.near.iter().for_each(|&near| line(chosen, near));
        }
        context.stroke();
        context.set_global_alpha(1.0);
    }

    /// Kind by kind, since another colour takes longer than another point; the kinds that are known above the others.
    fn draw_points(&self, context: &CanvasRenderingContext2d, focus: &Focus, places: &[Place], size: Place) {
        let is_paired = self.paired(focus);
        let narrower = if size[0] < NARROW { 1.0 } else { 0.0 };
        // Among many of known kinds the others are only the ground.
        let other_alpha = if are_many_known(focus.groups) { 0.4 } else { 1.0 };
        for group in (0..=OTHER).rev() {
            context.set_fill_style_str(self.colour(group));
            let (alpha, side) = if group == OTHER { (other_alpha, 4.0 - narrower) } else { (1.0, 5.0 - narrower) };
            for (word, [x, y]) in places.iter().enumerate() {
                if focus.groups.get(word) == Some(&group) && (0.0..size[0]).contains(x) && (0.0..size[1]).contains(y) {
                    let is_pale = !is_paired.is_empty() && !is_paired[word];
                    context.set_global_alpha(if is_pale { 0.15 } else { alpha });
                    context.fill_rect(x - side / 2.0, y - side / 2.0, side, side);
                }
            }
        }
        context.set_global_alpha(1.0);
    }

    /// Of which words of pairs there are; empty where there are no pairs.
    fn paired(&self, focus: &Focus) -> Vec<bool> {
        if focus.pairs.is_empty() {
            return Vec::new();
        }
        let mut paired = vec![false; self.to.len()];
        for word in focus.pairs.iter().flatten() {
            if let Some(place) = paired.get_mut(*word as usize) {
                *place = true;
            }
        }
        paired
    }

    /// As many names as there is room for: of what is meant first, of those that had one, then by frequency, those of known kinds
    /// before the others.
    fn draw_names(&mut self, context: &CanvasRenderingContext2d, focus: &Focus, places: &[Place], size: Place) {
        let meant = focus.chosen.into_iter().chain(focus.near.iter().copied()).chain(focus.pairs.iter().flatten().copied());
        let all = 0..if focus.pairs.is_empty() { places.len() as u32 } else { 0 };
        let of_kind = |is_known: bool| all.clone().filter(move |word| (focus.groups.get(*word as usize) != Some(&OTHER)) == is_known);
        let kept = std::mem::take(&mut self.named);
        let most = if size[0] < NARROW { FEW_NAMES } else { NAMES };
        let [columns, rows] = [(size[0] / LETTER) as usize + 1, (size[1] / LINE) as usize + 1];
        let mut taken = vec![false; columns * rows];
        context.set_font("13px ui-sans-serif, system-ui, sans-serif");
        context.set_text_baseline("middle");
        context.set_stroke_style_str(self.colour(OTHER + 2));
        context.set_fill_style_str(self.colour(OTHER + 1));
        context.set_line_width(3.0);
        let kept = if focus.pairs.is_empty() { kept } else { Vec::new() };
        for word in meant.chain(kept).chain(of_kind(true)).chain(of_kind(false)) {
            if self.named.len() >= most {
                break;
            }
            let (Some(&[x, y]), Some(name)) = (places.get(word as usize), focus.names.get(word as usize)) else { continue };
            if !(0.0..size[0]).contains(&x) || !(0.0..size[1]).contains(&y) {
                continue;
            }
            // A name covers parts of two rows of cells.
            let row = ((y - LINE / 2.0).max(0.0) / LINE) as usize;
            let (column, length) = ((x / LETTER) as usize, name.chars().count() + 2);
            // At the right edge a name stands before its point.
            let (from, shift, align) =
                if column + length > columns { ((column + 1).saturating_sub(length), -5.0, "right") } else { (column, 5.0, "left") };
            let until = (from + length).min(columns);
            let cells = [row, (row + 1).min(rows - 1)].map(|row| row * columns + from..row * columns + until);
            if cells.iter().any(|cells| taken[cells.clone()].contains(&true)) {
                continue;
            }
            cells.into_iter().for_each(|cells| taken[cells].fill(true));
            self.named.push(word);
            context.set_text_align(align);
            let _ = context.stroke_text(name, x + shift, y);
            let _ = context.fill_text(name, x + shift, y);
        }
        if let Some([x, y]) = focus.chosen.and_then(|word| places.get(word as usize)) {
            context.set_line_width(2.0);
            context.set_stroke_style_str(self.colour(OTHER + 1));
            context.stroke_rect(x - 5.0, y - 5.0, 10.0, 10.0);
        }
    }

    fn colour(&self, index: u8) -> &str {
        self.colours.get(usize::from(index)).map_or("gray", String::as_str)
    }

    fn place(&self, word: usize, now: f64) -> [f32; 2] {
        self.between([self.from[word], self.to[word]], now)
    }

    /// How far something has got on its way from the last picture to the next.
    fn between(&self, [from, to]: [[f32; 2]; 2], now: f64) -> [f32; 2] {
        let share = ((now - self.begun) / self.lasts).clamp(0.0, 1.0) as f32;
        // A turn begins and ends gently.
        let share = if self.lasts > STEP { share * share * (3.0 - 2.0 * share) } else { share };
        [0, 1].map(|axis| from[axis] + share * (to[axis] - from[axis]))
    }

    fn on_canvas(&self, place: [f32; 2], size: Place) -> Place {
        let scale = self.fit * self.zoom;
        [size[0] / 2.0 + (f64::from(place[0]) - self.centre[0]) * scale, size[1] / 2.0 - (f64::from(place[1]) - self.centre[1]) * scale]
    }

    fn on_map(&self, at: Place, size: Place) -> Place {
        let scale = self.fit * self.zoom;
        [self.centre[0] + (at[0] - size[0] / 2.0) / scale, self.centre[1] - (at[1] - size[1] / 2.0) / scale]
    }
}

/// As the styles have them, by light and by night: those of the legend's marks, and the canvas' own.
fn colours(canvas: &HtmlCanvasElement) -> Vec<String> {
    let value = |element: &web_sys::Element, property: &str| {
        let style = window().get_computed_style(element).ok().flatten();
        style.and_then(|style| style.get_property_value(property).ok()).unwrap_or_default()
    };
    let mark = |group: u8| {
        let found = document().query_selector(&format!(".legend .dot[data-group='{group}']")).ok().flatten();
        found.map_or_else(|| "gray".into(), |mark| value(&mark, "background-color"))
    };
    (0..=OTHER).map(mark).chain([value(canvas, "color"), value(canvas, "background-color")]).collect()
}
