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

/// How a matmul is cut up among invocations and workgroups. Which is fastest differs from device to device and from shape to
/// shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tiles {
    /// 4 × 4 outputs in an invocation's registers.
    Small,
    /// 16 × 16 outputs in an invocation's registers: for software adapters, where a load costs as much as several multiplications,
    /// barriers more, and there are few threads to feed. A workgroup has one row of such tiles, so that its loads of the left operand
    /// agree.
    Large,
    /// Tiles of 32 × 32 outputs that a workgroup shares, 4 × 4 an invocation.
    Shared32,
    /// The same, the depth divided among four slices of a larger workgroup: for few outputs of long sums.
    Split32,
    /// Tiles of 16 × 16 outputs, the depth divided among sixteen slices: for fewer and longer ones still.
    Split16,
    /// 64 × 64 outputs, 4 × 4 an invocation.
    Shared64,
    /// 64 × 64 outputs, 8 × 8 an invocation.
    Wide64,
    /// The same, the depth divided between two slices.
    Split64,
    /// 128 × 128 outputs, 16 × 8 an invocation.
    Wide128,
}

impl Tiles {
    pub const ALL: [Self; 9] = [
        Self::Small,
        Self::Large,
        Self::Shared32,
        Self::Split32,
        Self::Split16,
        Self::Shared64,
        Self::Wide64,
        Self::Split64,
        Self::Wide128,
    ];
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
                let is_vector = kernel == MatmulForward && m < 4 && tiles != Tiles::Large;
                let mut constants = vec![("PACKED", n.is_multiple_of(4).into()), ("VECTOR", is_vector.into())];
                constants.extend(cut(kernel, m, tiles));
                constants
            }
            Attention | AttentionBackward | AttentionDecode | AttentionDelta => attention(kernel, head, tiles != Tiles::Large),
            RmsNorm | AddRmsNorm | RmsNormBackward | EmbeddingBackward => vec![("TEAM", (tiles != Tiles::Large).into())],
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
            MatmulForward if self.constant("VECTOR") == 1 => [b.div_ceil(4), a],
            MatmulForward => self.tiles(a, b.div_ceil(4)),
            MatmulInputBackward => self.tiles(a, c / 4),
            MatmulWeightBackward => self.tiles(b, c / 4),
            Embedding => flat(a * (b / 4)),
            EmbeddingBackward if self.constant("TEAM") == 1 => fold(a),
            EmbeddingBackward => flat(b),
            RmsNorm | AddRmsNorm => fold(self.row_groups(a)),
            RmsNormBackward => fold(b / 4 + self.row_groups(a)),
            CrossEntropy => fold(a),
            Rope => flat(a * c),
            AttentionDelta => flat(a * b * c),
            Attention => fold(a * c * self.blocks(b)),
            AttentionBackward => fold(a * (c + d) * self.blocks(b)),
            AttentionDecode => fold((a * c).div_ceil(self.constant("PLACES"))),
            SwiGlu | SwiGluBackward => flat(a * (b / 4)),
            LossSum | ClipFactor => [1, 1],
            GradientNorm => [256, 1],
            AdamW => flat(a.div_ceil(4)),
            Sample => [a, 1],
            SparseProduct => flat(a * (b / 4)),
            LogisticPull | Advance => flat(a),
        }
    }

    /// Workgroups over a matrix of `rows` by groups of four columns.
    fn tiles(&self, rows: u32, columns: u32) -> [u32; 2] {
        let each = |names: &[&str]| names.iter().map(|name| self.constant(name)).product();
        [columns.div_ceil(each(&["COLS", "WIDE"])), rows.div_ceil(each(&["ROWS", "HIGH", "EACH"]))]
    }

    /// Workgroups over rows, as `shaders/shared/rows.wgsl` divides them.
    fn row_groups(&self, rows: u32) -> u32 {
        if self.constant("TEAM") == 1 { rows } else { rows.div_ceil(FLAT) }
    }

    /// Workgroups over the positions of a head.
    fn blocks(&self, time: u32) -> u32 {
        time.div_ceil(self.constant("SPAN") * self.constant("PLACES"))
    }

    fn constant(&self, name: &str) -> u32 {
        self.constants.iter().find(|(known, _)| *known == name).map_or(1, |&(_, value)| value)
    }
}

/// The constants by which a matmul is cut up. A decoded token's single row makes do with one row each.
fn cut(kernel: Kernel, m: u32, tiles: Tiles) -> Vec<(&'static str, u32)> {
    let is_weight = kernel == MatmulWeightBackward;
    match tiles {
        _ if !is_weight && m < 4 => in_registers(1, [1, 1, 64, 1]),
        Tiles::Small if is_weight => in_registers(4, [1, 1, 8, 8]),
        Tiles::Small => in_registers(1, [4, 1, 8, 8]),
        Tiles::Large if is_weight => in_registers(4, [4, 4, 8, 1]),
        Tiles::Large => in_registers(1, [16, 4, 8, 1]),
        Tiles::Shared32 => shared(kernel, [1, 1, 8, 8], 16, 1),
        Tiles::Split32 => shared(kernel, [1, 1, 8, 8], 16, 4),
        Tiles::Split16 => shared(kernel, [1, 1, 4, 4], 8, 16),
        Tiles::Shared64 => shared(kernel, [1, 1, 16, 16], 16, 1),
        Tiles::Wide64 => shared(kernel, [2, 2, 8, 8], 16, 1),
        Tiles::Split64 => shared(kernel, [2, 2, 8, 8], 16, 2),
        Tiles::Wide128 => shared(kernel, [4, 2, 16, 8], 16, 1),
    }
}

/// An invocation's tile: `rows` times `each` rows, and groups of four columns; then the invocations of a workgroup.
fn in_registers(each: u32, [rows, cols, wide, high]: [u32; 4]) -> Vec<(&'static str, u32)> {
    vec![("TILED", 0), ("EACH", each), ("ROWS", rows), ("COLS", cols), ("WIDE", wide), ("HIGH", high)]
}

/// The constants of `shaders/shared/matmul_tiles.wgsl`, for tiles that are `depth` deep.
fn shared(kernel: Kernel, [rows, cols, wide, high]: [u32; 4], depth: u32, split: u32) -> Vec<(&'static str, u32)> {
    let (tall, broad) = (rows * high, cols * wide);
    let (left, right) = (depth / 4 * tall, depth / 4 * broad);
    debug_assert!(split.is_power_of_two() && depth.is_multiple_of(4));
    debug_assert!(split == 1 || 2 * left >= wide * high, "half of the slices hand their sums over at a time, in `left`");
    vec![
        ("TILED", 1),
        ("EACH", 4),
        ("ROWS", rows),
        ("COLS", cols),
        ("WIDE", wide),
        ("HIGH", high),
        ("TALL", tall),
        ("BROAD", broad),
        ("DEPTH", depth),
        ("SPLIT", split),
        ("HALVES", split - 1),
        ("LANES", wide * high),
        ("FETCHED", (left + right).div_ceil(wide * high)),
        ("BLOCKS", left + right),
        ("LEFT_BLOCKS", left),
        ("LEFT_VECTORS", split * left),
        ("RIGHT_VECTORS", split * right),
        ("LEFT_ALONG", (kernel != MatmulWeightBackward).into()),
        ("RIGHT_ALONG", (kernel == MatmulForward).into()),
    ]
}

/// The constants of `shaders/shared/attention.wgsl`, for heads of so many vectors of four. On a graphics card, what a workgroup
/// adds up takes 8 KiB at most; the slices are those that were fastest on the one card that was tried (`docs/LOG.md`).
fn attention(kernel: Kernel, head: u32, is_card: bool) -> Vec<(&'static str, u32)> {
    let most = 512 / head.next_power_of_two();
    let (span, slices, places) = match kernel {
        Attention if is_card => (1, 8, most.min(16)),
        AttentionBackward if is_card => (1, 4, most.min(32)),
        AttentionDecode if is_card => (1, most.min(FLAT), 1),
        Attention => ((32 / head).clamp(1, 4), 1, 16),
        AttentionBackward => ((16 / head).clamp(1, 2), 1, 16),
        _ => (1, 1, FLAT),
    };
    vec![
        ("TEAM", u32::from(slices > 1)),
        ("HEAD", head),
        ("SPAN", span),
        ("LAST", span - 1),
        ("SLICES", slices),
        ("PLACES", places),
        ("PARTS", head * if kernel == AttentionDecode { slices } else { places }),
    ]
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
    let [rows, _, vocab, ..] = call.dims.map(f64::from);
    let searched = if call.kernel == EmbeddingBackward { rows * rows.min(vocab) } else { 0.0 };
    let moved = || 8.0 * call.views.iter().map(|view| view.len as f64).sum::<f64>();
    cost::products(call.kernel, &call.dims).unwrap_or_else(|| searched + moved())
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
        RmsNorm => shader!("shared/grid", "shared/workgroup_sum", "shared/rows", "rmsnorm"),
        AddRmsNorm => shader!("shared/grid", "shared/workgroup_sum", "shared/rows", "add_rmsnorm"),
        RmsNormBackward => shader!("shared/grid", "shared/workgroup_sum", "shared/rows", "rmsnorm_backward"),
        MatmulForward => shader!("matmul_forward", "shared/matmul_tiles"),
        MatmulInputBackward => shader!("matmul_input_backward", "shared/matmul_tiles"),
        MatmulWeightBackward => shader!("matmul_weight_backward", "shared/matmul_tiles"),
        Rope => shader!("shared/grid", "shared/step", "rope"),
        Attention => shader!("shared/grid", "shared/attention", "attention"),
        AttentionDelta => shader!("shared/grid", "shared/attention", "attention_delta"),
        AttentionBackward => shader!("shared/grid", "shared/attention", "attention_backward"),
        SwiGlu => shader!("shared/grid", "shared/sigmoid", "swiglu"),
        SwiGluBackward => shader!("shared/grid", "shared/sigmoid", "swiglu_backward"),
        CrossEntropy => shader!("shared/grid", "cross_entropy"),
        LossSum => shader!("shared/workgroup_sum", "loss_sum"),
        GradientNorm => shader!("shared/workgroup_sum", "gradient_norm"),
        ClipFactor => shader!("shared/workgroup_sum", "shared/step", "clip_factor"),
        AdamW => shader!("shared/grid", "shared/step", "adamw"),
        AttentionDecode => shader!("shared/grid", "shared/step", "shared/attention", "attention_decode"),
        Sample => shader!("shared/workgroup_sum", "shared/step", "shared/rng", "sample"),
        SparseProduct => shader!("shared/grid", "sparse_product"),
        Advance => shader!("shared/grid", "shared/step", "advance"),
        LogisticPull => shader!("shared/grid", "shared/step", "shared/sigmoid", "logistic_pull"),
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
