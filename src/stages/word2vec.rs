//! Word2Vec (Mikolov et al. 2013, arXiv:1301.3781 and arXiv:1310.4546) as a program of a device, which learns many examples at
//! once where [`seven_steps_embeddings::train`] learns one after the other. What an example has taught shows in the next step, not
//! in the next example. Nothing else differs, and no sum depends on which invocation comes first.

use std::ops::Range;

use seven_steps_cpu::word2vec::Batch;
use seven_steps_embeddings::lists::{Capacity, Layout, Lists};
use seven_steps_embeddings::train::{Examples, Lesson, Method, Settings, Softmax, random_inputs};

use crate::engine::EngineError;
use crate::engine::device::{Device, ProgramId};
use crate::engine::kernels::Kernel::{LogisticPull, SparseProduct};
use crate::engine::program::{ALIGN, BufferId, Place, Program, Recorder, StepParams, View};

/// Examples of a step, at most.
const EXAMPLES: usize = 2048;
/// The learning rates of a step that a word gets as the target of its examples, in the mean and added up. Of more, the most frequent
/// word would learn the same thing so often before it notices that it never settles.
const RATES: f64 = 1.6;
/// Contexts of a bag, and turns to a word in a Huffman tree, for which there is room in the mean.
const BAG: usize = 8;
const TURNS: usize = 16;
/// The turns to the deepest word, whatever its text.
const DEEPEST: usize = 64;

/// The vectors of words on a device: [V, stride] each, where `stride` is the dimensions rounded up to a multiple of 4.
pub struct Tables {
    device: Device,
    lists: Lists,
    /// The lists of the next step.
    words: Vec<u32>,
    step: ProgramId,
    inputs: BufferId,
    outputs: BufferId,
    uploads: BufferId,
    stride: usize,
}

impl Tables {
    /// Tables of zeros, for so many words and examples of a step; what else the device held is freed.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn new(mut device: Device, settings: &Settings, words: usize, examples: usize) -> Result<Self, EngineError> {
        let stride = settings.dimensions.next_multiple_of(4);
        let contexts = if settings.method == Method::Cbow { (BAG * examples).max(2 * settings.window as usize) } else { examples };
        let targets = match settings.softmax {
            Softmax::Negative(noise) => (1 + noise as usize) * examples,
            Softmax::Hierarchical => (TURNS * examples).max(DEEPEST),
        };
        let capacity = Capacity { examples, contexts, targets, words };
        let layout = Layout::new(capacity, ALIGN);
        device.clear();
        let inputs = device.buffer("The vectors of the words", words * stride)?;
        let outputs = device.buffer("The vectors of the words as company", words * stride)?;
        let uploads = device.buffer("The examples of a step", layout.len)?;
        let step = device.load(record([inputs, outputs, uploads], &layout, capacity, stride)).await?;
        let words = vec![0; layout.len];
        Ok(Self { device, lists: Lists::new(capacity, layout), words, step, inputs, outputs, uploads, stride })
    }

    /// One step of gradient descent for all examples, or as many steps as it takes to have room for them.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn learn(&mut self, batch: &Batch, rate: f32) -> Result<(), EngineError> {
        let step = StepParams { lr: rate, ..StepParams::default() };
        let mut next = 0;
        while next < batch.ends.len() {
            next = self.lists.fill(batch, next, &mut self.words);
            self.device.write(self.uploads, 0, &self.words);
            self.device.run(self.step, &step).await?;
        }
        Ok(())
    }

    /// Overwrites both.
    pub fn write(&mut self, inputs: &[f32], outputs: &[f32]) {
        self.device.write(self.inputs, 0, inputs);
        self.device.write(self.outputs, 0, outputs);
    }

    /// The vectors by which words are known.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn inputs(&mut self) -> Result<Vec<f32>, EngineError> {
        self.device.read(self.inputs, 0, self.lists.words() * self.stride).await
    }

    /// Those by which they are guessed.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn outputs(&mut self) -> Result<Vec<f32>, EngineError> {
        self.device.read(self.outputs, 0, self.lists.words() * self.stride).await
    }
}

/// A model in training on a device.
pub struct Word2Vec {
    tables: Tables,
    examples: Examples,
    lesson: Lesson,
}

impl Word2Vec {
    /// A model of words with these counts, the most frequent first; it begins as a
    /// [`Trainer`](seven_steps_embeddings::train::Trainer) does. What else the device held is freed.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn new(device: Device, settings: Settings, counts: &[u64]) -> Result<Self, EngineError> {
        let examples = Examples::new(settings, counts);
        let settings = examples.settings();
        let most = RATES / (examples.most_common(counts) * f64::from(settings.rates[0]));
        let mut tables = Tables::new(device, settings, counts.len(), (most as usize).clamp(1, EXAMPLES)).await?;
        tables.write(&random_inputs(settings, counts.len(), tables.stride), &[]);
        Ok(Self { tables, examples, lesson: Lesson::default() })
    }

    /// How much of the run is done, from 0 to 1.
    pub fn done(&self, text: &[u32]) -> f32 {
        self.examples.done(text)
    }

    /// Learns the next lesson from the text, ids of words with [`END`](seven_steps_embeddings::END) between sentences. Whether there
    /// is more to do.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn advance(&mut self, text: &[u32]) -> Result<bool, EngineError> {
        self.lesson.batch.clear();
        self.examples.fill(text, &mut self.lesson);
        // The device has had that long for the lesson before, and has no more than one to do.
        self.tables.device.finish().await?;
        self.tables.learn(&self.lesson.batch, self.lesson.rate).await?;
        Ok(self.examples.go_on(text))
    }

    /// The vectors of the words: [V, dimensions].
    ///
    /// # Errors
    /// Those of the device.
    pub async fn vectors(&mut self) -> Result<Vec<f32>, EngineError> {
        let mut rows = self.tables.inputs().await?;
        let (stride, dimensions) = (self.tables.stride, self.examples.settings().dimensions);
        for row in 0..rows.len() / stride {
            rows.copy_within(row * stride..row * stride + dimensions, row * dimensions);
        }
        rows.truncate(rows.len() / stride * dimensions);
        Ok(rows)
    }
}

/// The step that [`seven_steps_embeddings::lists`] tells.
fn record([inputs, outputs, uploads]: [BufferId; 3], layout: &Layout, capacity: Capacity, stride: usize) -> Program {
    let view = |buffer, offset, len| View { place: Place::Persistent(buffer), offset, len };
    let list = |range: &Range<usize>| view(uploads, range.start, range.len());
    let [inputs, outputs] = [inputs, outputs].map(|table| view(table, 0, capacity.words * stride));
    let [shares, pairs, labels] = [&layout.shares, &layout.pairs, &layout.labels].map(list);
    let mut recorder = Recorder::default();
    let [means, errors] = [(); 2].map(|()| recorder.tensor(capacity.examples * stride));
    let pulls = recorder.tensor(capacity.targets);
    let width = stride as u32;
    let product = |recorder: &mut Recorder, matrix: &[Range<usize>; 2], [values, x, y]: [View; 3], adds: bool| {
        let [entries, rows] = matrix.each_ref().map(list);
        let dims = [rows.len as u32 / 2, width, adds.into(), entries.len as u32 / 2, 0, 0, 0, 0];
        recorder.call(SparseProduct, &[entries, rows, values, x, y], dims);
    };
    product(&mut recorder, &layout.contexts.plain, [shares, inputs, means], false);
    recorder.call(LogisticPull, &[pairs, labels, means, outputs, pulls], [labels.len as u32, width, 0, 0, 0, 0, 0, 0]);
    product(&mut recorder, &layout.targets.plain, [pulls, outputs, errors], false);
    product(&mut recorder, &layout.targets.turned, [pulls, means, outputs], true);
    product(&mut recorder, &layout.contexts.turned, [shares, errors, inputs], true);
    recorder.finish("a step of Word2Vec")
}
