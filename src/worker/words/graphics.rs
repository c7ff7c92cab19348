//! Training on the graphics card. In a browser a worker of its own does it, whose module is downloaded only for this; the page starts
//! it, and passes on what it and this worker say, as of the members of a [`team`].
//!
//! An order is its number and either `BEGIN`, how many words there are, how many bytes the setup has, these a word each, the words'
//! counts and the text, or `GO_ON`. The answer is the number, 1, how much is done as the bits of a float, and how many numbers of vectors
//! follow; or the number, 1, `REFUSED`, and how many characters of a sentence.
//!
//! [`team`]: crate::engine::team

use crate::engine::EngineError;
use crate::engine::device::Device;
use crate::engine::gpu::Gpu;
use crate::platform::now;
use crate::protocol::words::Setup;
use crate::stages::word2vec::Word2Vec;

use super::model::settings;

#[cfg(not(target_arch = "wasm32"))]
pub use Learning as Trainer;
#[cfg(target_arch = "wasm32")]
pub use browser::{Trainer, trains_words};

/// Milliseconds of training between two looks at the vectors, at least, and how many times as long as these take.
const FRAME: f64 = 80.0;
const TIMES: f64 = 4.0;

/// A text that is learnt.
pub struct Learning {
    model: Word2Vec,
    text: Vec<u32>,
    /// Milliseconds that the last look took.
    look: f64,
}

impl Learning {
    /// # Errors
    /// Why there is no graphics card, as a sentence.
    pub async fn begin(setup: &Setup, counts: &[u64], text: &[u32]) -> Result<Self, String> {
        let gpu = Gpu::new().await.map_err(refusal)?;
        let model = Word2Vec::new(Device::Gpu(gpu), settings(setup), counts).await.map_err(refusal)?;
        Ok(Self { model, text: text.to_vec(), look: 0.0 })
    }

    /// Learns for a while: how much is done then, 1 at the end, and the vectors, [V, D].
    ///
    /// # Errors
    /// What was wrong, as a sentence.
    pub async fn go_on(&mut self) -> Result<(f32, Vec<f32>), String> {
        let until = now() + FRAME.max(TIMES * self.look);
        let mut goes_on = true;
        while goes_on && now() < until {
            goes_on = self.model.advance(&self.text).await.map_err(refusal)?;
        }
        let done = if goes_on { self.model.done(&self.text).min(1.0 - f32::EPSILON) } else { 1.0 };
        let begun = now();
        let vectors = self.model.vectors().await.map_err(refusal)?;
        self.look = now() - begun;
        Ok((done, vectors))
    }
}

fn refusal(error: EngineError) -> String {
    match error {
        EngineError::TooLarge { .. } => "So many vectors do not fit on the graphics card.".into(),
        error => error.to_string(),
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use futures::StreamExt;
    use futures::channel::mpsc;
    use wasm_bindgen_futures::spawn_local;

    use super::Learning;
    use crate::engine::team::{Member, Words, answer, hire, len, put, serve_as, take, words};
    use crate::protocol::words::Setup;
    use crate::protocol::{decode, encode};

    /// What the worker is called, and its module.
    const NAME: &str = "trainer";
    const MODULE: &str = "engine_worker";
    const BEGIN: u32 = 0;
    const GO_ON: u32 = 1;
    const REFUSED: u32 = u32::MAX;
    /// Words of an answer before what it tells.
    const HEAD: usize = 4;
    /// Seconds that its module may take to arrive, and an answer.
    const PATIENCE: u32 = 120;

    /// [`Learning`] in another worker, which ends with this.
    pub struct Trainer {
        member: Member,
        /// Numbers of all vectors.
        numbers: usize,
    }

    impl Trainer {
        pub async fn begin(setup: &Setup, counts: &[u64], text: &[u32]) -> Result<Self, String> {
            let mut member = hire(NAME, MODULE).ok_or_else(lost)?;
            member.answer(PATIENCE).await.ok_or_else(lost)?;
            let mut trainer = Self { member, numbers: counts.len() * setup.dimensions as usize };
            let setup = encode(setup);
            let mut head = vec![BEGIN, counts.len() as u32, setup.len() as u32];
            head.extend(setup.iter().map(|&byte| u32::from(byte)));
            head.extend(counts.iter().map(|&count| count as u32));
            trainer.member.post(&[&head, text], 0);
            trainer.answer().await?;
            Ok(trainer)
        }

        pub async fn go_on(&mut self) -> Result<(f32, Vec<f32>), String> {
            self.member.post(&[&[GO_ON]], HEAD + self.numbers);
            self.answer().await
        }

        async fn answer(&mut self) -> Result<(f32, Vec<f32>), String> {
            let words = self.member.answer(PATIENCE).await.ok_or_else(lost)?;
            let mut head = [0; HEAD];
            take(&words, 0, &mut head);
            let [.., told, count] = head;
            let mut rest = vec![0; count as usize];
            take(&words, HEAD, &mut rest);
            self.member.keep(words);
            match told {
                REFUSED => Err(rest.into_iter().filter_map(char::from_u32).collect()),
                done => Ok((f32::from_bits(done), rest.into_iter().map(f32::from_bits).collect())),
            }
        }
    }

    fn lost() -> String {
        "The worker that trains on the graphics card is lost.".into()
    }

    /// Serves another worker, if this one was started for that.
    pub fn trains_words() -> bool {
        let (orders, mut inbox) = mpsc::unbounded();
        // The inbox is not closed while its worker lives.
        let is_trainer = serve_as(NAME, move |order| _ = orders.unbounded_send(order));
        if is_trainer {
            spawn_local(async move {
                let mut learning = Err(String::new());
                while let Some(order) = inbox.next().await {
                    answer(&obey(order, &mut learning).await);
                }
            });
        }
        is_trainer
    }

    /// Does what is ordered; the answer, in the same array if it has room.
    async fn obey(order: Words, learning: &mut Result<Learning, String>) -> Words {
        let mut head = [0; 2];
        take(&order, 0, &mut head);
        let [number, what] = head;
        if what == BEGIN {
            let mut words = vec![0; len(&order) - 2];
            take(&order, 2, &mut words);
            *learning = begin(&words).await;
        }
        let outcome = match learning {
            Ok(_) if what == BEGIN => Ok((0.0, Vec::new())),
            Ok(learning) => learning.go_on().await,
            Err(message) => Err(message.clone()),
        };
        let (told, rest) = match outcome {
            Ok((done, numbers)) => (done.to_bits(), numbers.into_iter().map(f32::to_bits).collect()),
            Err(message) => (REFUSED, message.chars().map(u32::from).collect::<Vec<u32>>()),
        };
        let mut answer = if len(&order) >= HEAD + rest.len() { order } else { words(HEAD + rest.len()) };
        put(&mut answer, 0, &[number, 1, told, rest.len() as u32]);
        put(&mut answer, HEAD, &rest);
        answer
    }

    /// Begins what the rest of an order says.
    async fn begin(words: &[u32]) -> Result<Learning, String> {
        let ([count, bytes], rest) = words.split_first_chunk().ok_or_else(lost)?;
        let (setup, rest) = rest.split_at(*bytes as usize);
        let setup: Setup = decode(&setup.iter().map(|&byte| byte as u8).collect::<Vec<u8>>()).map_err(|_| lost())?;
        let (counts, text) = rest.split_at(*count as usize);
        let counts: Vec<u64> = counts.iter().map(|&count| count.into()).collect();
        Learning::begin(&setup, &counts, text).await
    }
}
