//! The WGSL of each kernel: which pieces make it up, which constants it is made with, and how many workgroups it takes.
//!
//! Shader compilers of software adapters neither unroll loops nor keep indexed arrays in registers, so the files in `shaders/`
//! may hold blocks that are unrolled here, by [`expand`]:
//! - `#repeat i N` … `#end`: the lines once for each `$i` from 0 to N − 1;
//! - `#if N` … `#else` … `#end`: the lines if N is not 0, else the others;
//! - `$N`: the value of the constant N.

use crate::engine::cost;
use crate::engine::kernels::Kernel::{self, *};
use crate::engine::program::{Call, Dims};

/// How much an invocation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tiles {
    /// For the many threads of a graphics processor.
    Small,
    /// For software adapters, where a load costs as much as several multiplications and there are few threads to feed.
    Large,
}

/// A kernel's shader, made with certain constants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shader {
    kernel: Kernel,
    constants: Vec<(&'static str, u32)>,
}

/// Workgroups that a grid may have in one dimension.
const GRID_ROW: u32 = 65535;
/// Invocations of a workgroup of the flat kernels.
const FLAT: u32 = 64;

impl Shader {
    /// The shader for a call.
    pub fn of(kernel: Kernel, dims: &Dims, tiles: Tiles) -> Self {
        let [m, n, ..] = *dims;
        let head = dims[4] / 4;
        let constants = match kernel {
            MatmulForward | MatmulInputBackward | MatmulWeightBackward => {
                let [rows, cols, wide, high] = tile(kernel, m, tiles);
                vec![("PACKED", n.is_multiple_of(4).into()), ("ROWS", rows), ("COLS", cols), ("WIDE", wide), ("HIGH", high)]
            }
            Attention | AttentionBackward => {
                let most = if kernel == Attention { 4 } else { 2 };
                let span = if tiles == Tiles::Large { (8 * most / head).clamp(1, most) } else { 1 };
                vec![("HEAD", head), ("SPAN", span), ("LAST", span - 1)]
            }
            AttentionDelta | AttentionDecode => vec![("HEAD", head), ("SPAN", 1)],
            _ => Vec::new(),
        };
        Self { kernel, constants }
    }

    /// The whole WGSL.
    pub fn source(&self) -> String {
        let mut source = String::new();
        for piece in pieces(self.kernel) {
            source += &expand(piece, &self.constants);
        }
        source
    }

    /// The workgroups of a call, in x and y.
    pub fn grid(&self, dims: &Dims) -> [u32; 2] {
        let [a, b, c, d, ..] = *dims;
        match self.kernel {
            MatmulForward => self.tiles(a, b.div_ceil(4)),
            MatmulInputBackward => self.tiles(a, c / 4),
            MatmulWeightBackward => self.tiles(b.div_ceil(4), c / 4),
            Embedding => flat(a * (b / 4)),
            EmbeddingBackward => flat(b),
            RmsNormGainBackward => [b / 4, 1],
            RmsNorm | AddRmsNorm | RmsNormBackward => flat(a),
            CrossEntropy => fold(a),
            Rope => flat(a * c),
            Attention | AttentionDelta => flat(a * b.div_ceil(self.constant("SPAN")) * c),
            AttentionBackward => flat(a * b.div_ceil(self.constant("SPAN")) * d),
            AttentionDecode => flat(a * c),
            SwiGlu | SwiGluBackward => flat(a * (b / 4)),
            LossSum | ClipFactor => [1, 1],
            GradientNorm => [256, 1],
            AdamW => flat(a.div_ceil(4)),
            Sample => [a, 1],
        }
    }

    /// Workgroups over a matrix of `rows` (or groups of four rows) by groups of four columns.
    fn tiles(&self, rows: u32, columns: u32) -> [u32; 2] {
        let [high, wide] = [["ROWS", "HIGH"], ["COLS", "WIDE"]].map(|names| names.map(|name| self.constant(name)).iter().product());
        [columns.div_ceil(wide), rows.div_ceil(high)]
    }

    fn constant(&self, name: &str) -> u32 {
        self.constants.iter().find(|(known, _)| *known == name).map_or(1, |&(_, value)| value)
    }
}

/// The tile of a matmul's invocation, in rows (of dW: groups of four rows) and groups of four columns, then the invocations
/// of a workgroup, wide and high. A decoded token's single row makes do with one row each.
fn tile(kernel: Kernel, m: u32, tiles: Tiles) -> [u32; 4] {
    match (kernel, tiles) {
        (MatmulWeightBackward, Tiles::Large) => [4, 4, 4, 2],
        (MatmulWeightBackward, Tiles::Small) => [1, 1, 8, 8],
        (_, _) if m < 4 => [1, 1, 64, 1],
        (_, Tiles::Large) => [16, 4, 4, 2],
        (_, Tiles::Small) => [4, 1, 8, 8],
    }
}

/// Workgroups for `count` invocations of a flat kernel, folded as `shaders/shared/grid.wgsl` unfolds them.
fn flat(count: u32) -> [u32; 2] {
    fold(count.div_ceil(FLAT))
}

fn fold(workgroups: u32) -> [u32; 2] {
    if workgroups <= GRID_ROW { [workgroups, 1] } else { [GRID_ROW, workgroups.div_ceil(GRID_ROW)] }
}

/// Floating-point operations of a call, or what takes about as long.
pub fn work(call: &Call) -> f64 {
    cost::products(call.kernel, &call.dims).unwrap_or_else(|| 8.0 * call.views.iter().map(|view| view.len as f64).sum::<f64>())
}

macro_rules! shader {
    ($($name:literal),+) => {
        &[$(include_str!(concat!(env!("OUT_DIR"), "/shaders/", $name, ".wgsl"))),+]
    };
}

/// The files that make up a kernel's shader, in order.
fn pieces(kernel: Kernel) -> &'static [&'static str] {
    match kernel {
        Embedding => shader!("shared/grid", "embedding"),
        EmbeddingBackward => shader!("shared/grid", "embedding_backward"),
        RmsNorm => shader!("shared/grid", "rmsnorm"),
        AddRmsNorm => shader!("shared/grid", "add_rmsnorm"),
        RmsNormBackward => shader!("shared/grid", "rmsnorm_backward"),
        RmsNormGainBackward => shader!("rmsnorm_gain_backward"),
        MatmulForward => shader!("matmul_forward"),
        MatmulInputBackward => shader!("matmul_input_backward"),
        MatmulWeightBackward => shader!("matmul_weight_backward"),
        Rope => shader!("shared/grid", "shared/step", "rope"),
        Attention => shader!("shared/grid", "shared/attention", "attention"),
        AttentionDelta => shader!("shared/grid", "shared/attention", "attention_delta"),
        AttentionBackward => shader!("shared/grid", "shared/attention", "attention_backward"),
        SwiGlu => shader!("shared/grid", "shared/sigmoid", "swiglu"),
        SwiGluBackward => shader!("shared/grid", "shared/sigmoid", "swiglu_backward"),
        CrossEntropy => shader!("cross_entropy"),
        LossSum => shader!("shared/workgroup_sum", "loss_sum"),
        GradientNorm => shader!("shared/workgroup_sum", "gradient_norm"),
        ClipFactor => shader!("shared/step", "clip_factor"),
        AdamW => shader!("shared/grid", "shared/step", "adamw"),
        AttentionDecode => shader!("shared/grid", "shared/step", "shared/attention", "attention_decode"),
        Sample => shader!("shared/workgroup_sum", "shared/step", "shared/rng", "sample"),
    }
}

/// Unrolls the blocks of a shader file and fills in its constants.
pub(super) fn expand(text: &str, constants: &[(&str, u32)]) -> String {
    let mut out = String::with_capacity(2 * text.len());
    let lines: Vec<&str> = text.lines().collect();
    block(&lines, &mut constants.to_vec(), &mut out);
    out
}

fn block<'a>(lines: &[&'a str], names: &mut Vec<(&'a str, u32)>, out: &mut String) {
    let mut at = 0;
    while at < lines.len() {
        let words: Vec<&str> = lines[at].split(' ').collect();
        match words[..] {
            ["#repeat", name, count] => {
                let (body, _, end) = bounds(&lines[at..]);
                for i in 0..value(count, names) {
                    names.push((name, i));
                    block(&lines[at + 1..at + body], names, out);
                    names.pop();
                }
                at += end;
            }
            ["#if", name] => {
                let (body, other, end) = bounds(&lines[at..]);
                let chosen = if value(name, names) != 0 { at + 1..at + body } else { at + other..at + end };
                block(&lines[chosen], names, out);
                at += end;
            }
            _ => {
                let mut line = lines[at].to_owned();
                for (name, value) in names.iter().filter(|_| lines[at].contains('$')) {
                    line = line.replace(&format!("${name}"), &value.to_string());
                }
                out.push_str(&line);
                out.push('\n');
            }
        }
        at += 1;
    }
}

/// Of the block that begins in the first line: where its body ends, where its `#else` part begins, and its `#end`.
fn bounds(lines: &[&str]) -> (usize, usize, usize) {
    let (mut depth, mut other) = (0, None);
    for (at, line) in lines.iter().enumerate() {
        match *line {
            "#end" if depth == 1 => return (other.unwrap_or(at), other.map_or(at, |other| other + 1), at),
            "#end" => depth -= 1,
            "#else" if depth == 1 => other = Some(at),
            line if line.starts_with("#repeat ") || line.starts_with("#if ") => depth += 1,
            _ => {}
        }
    }
    panic!("a block of a shader has no #end: {}", lines[0]);
}

fn value(word: &str, names: &[(&str, u32)]) -> u32 {
    let known = names.iter().find(|(name, _)| *name == word).map(|&(_, value)| value);
    known.or_else(|| word.parse().ok()).unwrap_or_else(|| panic!("a shader names an unknown constant: {word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_unrolled_and_chosen() {
        let text = "#repeat r N\n#repeat c 2\na$r_$c = $Nu;\n#end\n#end\n#if NONE\nno\n#else\nyes\n#end\n#if N\nlast\n#end\n";
        let expanded = expand(text, &[("N", 2), ("NONE", 0)]);
        assert_eq!(expanded, "a0_0 = 2u;\na0_1 = 2u;\na1_0 = 2u;\na1_1 = 2u;\nyes\nlast\n");
    }

    #[test]
    fn a_large_flat_grid_is_folded() {
        assert_eq!(flat(65), [2, 1]);
        assert_eq!(flat(64 * 65535), [65535, 1]);
        assert_eq!(flat(64 * 65535 + 1), [65535, 2]);
    }
}
