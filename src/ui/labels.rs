//! Names beside points of a drawing.

/// A place on a drawing.
pub type Place = [f64; 2];

/// Letters of a name that are drawn, at most.
const LETTERS: usize = 24;
/// How far a name of 15 pixels reaches above its base line and below it, and half of what a letter takes: one of a Latin, Greek or
/// Cyrillic alphabet, or a wide one.
const UP: f64 = 13.0;
const DOWN: f64 = 4.0;
const HALF: f64 = 4.7;
const WIDE_HALF: f64 = 8.0;

/// A name as it is drawn: the end of a long one is left out.
pub fn short(name: &str) -> String {
    if name.chars().count() <= LETTERS { name.into() } else { name.chars().take(LETTERS - 1).chain(['…']).collect() }
}

/// Where names are written beside points, each where it covers no point, nothing of `kept` and no name before it, if there is such
/// a place: the middles of their base lines. An empty name takes no room.
pub fn beside(points: &[Place], names: &[String], kept: &[Place], [width, height]: Place) -> Vec<Place> {
    let mut taken: Vec<[f64; 4]> = points.iter().chain(kept).map(|[x, y]| [x - 4.0, y - 4.0, x + 4.0, y + 4.0]).collect();
    let place = |([x, y], name): (&Place, &String)| {
        let letters = name.chars().map(|letter| if letter < '\u{1100}' { HALF } else { WIDE_HALF });
        let half = letters.sum::<f64>().min(width / 2.0);
        let around = [[0.0, -9.0], [0.0, 18.0], [half + 8.0, 5.0], [-half - 8.0, 5.0], [0.0, -25.0], [0.0, 34.0]];
        let cover = |[x, y]: Place| [x - half, y - UP, x + half, y + DOWN];
        let tries = around.map(|[right, down]| [(x + right).clamp(half, width - half), (y + down).clamp(UP, height - DOWN)]);
        let is_free = |at: &&Place| {
            let [left, top, right, bottom] = cover(**at);
            taken.iter().all(|[l, t, r, b]| right <= *l || *r <= left || bottom <= *t || *b <= top)
        };
        let found = *tries.iter().find(is_free).unwrap_or(&tries[0]);
        if !name.is_empty() {
            taken.push(cover(found));
        }
        found
    };
    points.iter().zip(names).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cover_neither_each_other_nor_points() {
        let points = [[100.0, 100.0], [104.0, 112.0], [96.0, 90.0], [200.0, 4.0]];
        let names = ["king", "queen", "princess", "top"].map(String::from);
        let kept = [[100.0, 88.0]];
        let found = beside(&points, &names, &kept, [300.0, 200.0]);
        let boxes: Vec<[f64; 4]> = found
            .iter()
            .zip(&names)
            .map(|([x, y], name)| {
                let half = name.len() as f64 * HALF;
                [x - half, y - UP, x + half, y + DOWN]
            })
            .collect();
        for (i, [left, top, right, bottom]) in boxes.iter().enumerate() {
            assert!(*left >= 0.0 && *right <= 300.0 && *top >= 0.0 && *bottom <= 200.0, "{} is on the drawing", names[i]);
            assert!(points.iter().chain(&kept).all(|[x, y]| x < left || x > right || y < top || y > bottom), "{} covers a point", names[i]);
            assert!(boxes[..i].iter().all(|[l, t, r, b]| right <= l || r <= left || bottom <= t || b <= top), "{} covers a name", names[i]);
        }
    }

    #[test]
    fn a_name_that_is_longer_than_the_drawing_is_wide_stands_in_its_middle() {
        let name = short(&"w".repeat(200));
        assert_eq!(name.chars().count(), LETTERS);
        assert_eq!(beside(&[[10.0, 10.0]], &[name], &[], [60.0, 40.0])[0][0], 30.0);
        assert_eq!(short("queen"), "queen");
    }
}
