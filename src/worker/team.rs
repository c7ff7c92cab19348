//! More workers, each with a replica of the model: data parallelism without shared memory, which would need special headers.
//!
//! Each pass goes to all at once. Everyone reads a share of the sequences, and the gradients are added up in the order of the
//! members, so that a run is the same each time for the same number of threads.

#[cfg(target_arch = "wasm32")]
mod browser;

#[cfg(target_arch = "wasm32")]
use browser as platform;
#[cfg(not(target_arch = "wasm32"))]
mod platform {
    /// None are needed: the kernels themselves use all cores.
    pub fn cores() -> u32 {
        1
    }

    pub async fn hire() -> Option<super::Member> {
        None
    }
}

#[cfg(target_arch = "wasm32")]
pub use browser::is_member;
pub use platform::cores;

use std::mem;

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;

use crate::engine::EngineError;
use crate::engine::cpu::Cpu;
use crate::engine::device::Device;
use crate::nn::model::{Batch, Model};
use crate::spec::ModelConfig;

/// What goes to and fro, as parts of words. A member is asked `[[B], config]` to build a model for B sequences a pass, or
/// `[ids, targets, weights, parameters]` to learn from a batch; and answers each once, with `[[]]` when it has built, with
/// `[[loss, gradients]]` when it has learnt, and with nothing when it could not.
pub type Message = Vec<Vec<u32>>;

/// Serves one member of a team, until nobody is left to give orders.
pub async fn serve(mut orders: UnboundedReceiver<Message>, reply: impl Fn(Option<Vec<u32>>)) {
    let mut model = None;
    while let Some(order) = orders.next().await {
        reply(obey(&mut model, order).await);
    }
}

async fn obey(model: &mut Option<Model>, order: Message) -> Option<Vec<u32>> {
    match (&order[..], model) {
        ([ids, targets, weights, parameters], Some(model)) => {
            model.parameters()?.copy_from_slice(bytemuck::cast_slice(parameters));
            let weights = bytemuck::cast_slice(weights).to_vec();
            model.accumulate(&Batch { ids: ids.clone(), targets: targets.clone(), weights }).await.ok()?;
            let mut learnt = vec![mem::take(model.loss()?).to_bits()];
            let gradients = model.gradients_here()?;
            learnt.extend_from_slice(bytemuck::cast_slice(gradients));
            gradients.fill(0.0);
            Some(learnt)
        }
        ([batch, config], model) => {
            let config = ModelConfig::of_words(config[..].try_into().ok()?);
            *model = Some(Model::new(Device::Cpu(Cpu::default()), config, *batch.first()?).await.ok()?);
            Some(Vec::new())
        }
        _ => None,
    }
}

/// Takes the parts of an order.
type Orders = Box<dyn Fn(&[&[u32]])>;

/// The way to one of the others.
pub struct Member {
    orders: Orders,
    replies: UnboundedReceiver<Message>,
}

impl Member {
    /// `replies` ends when the worker is gone.
    pub fn new(orders: impl Fn(&[&[u32]]) + 'static, replies: UnboundedReceiver<Message>) -> Self {
        Self { orders: Box::new(orders), replies }
    }

    async fn reply(&mut self) -> Option<Vec<u32>> {
        self.replies.next().await?.pop()
    }
}

/// The others that train with this worker; none on most executors.
#[derive(Default)]
pub struct Team {
    members: Vec<Member>,
}

impl Team {
    /// As many others as make `threads` with this one, ready for `batch` sequences a pass of all together. None where they
    /// cannot be had: then this worker does all of it.
    pub async fn gather(threads: u32, config: &ModelConfig, batch: u32) -> Self {
        let mut members = Vec::new();
        for _ in 1..threads {
            let Some(member) = platform::hire().await else { return Self::default() };
            members.push(member);
        }
        Self::of(members, config, batch).await.unwrap_or_default()
    }

    /// These members, with a replica each; none if one cannot build it.
    pub async fn of(mut members: Vec<Member>, config: &ModelConfig, batch: u32) -> Option<Self> {
        let share = batch / (members.len() as u32 + 1);
        for member in &members {
            (member.orders)(&[&[share], &config.words()]);
        }
        for member in &mut members {
            member.reply().await?;
        }
        Some(Self { members })
    }

    /// Workers in all, this one too.
    pub fn threads(&self) -> u32 {
        self.members.len() as u32 + 1
    }

    /// As [`Model::accumulate`], for a batch of as many times the model's sequences as there are threads.
    ///
    /// # Errors
    /// [`EngineError::HelperLost`], and those of the model.
    pub async fn accumulate(&mut self, model: &mut Model, batch: &Batch) -> Result<(), EngineError> {
        if self.members.is_empty() {
            return model.accumulate(batch).await;
        }
        let len = (model.batch * model.config.context) as usize;
        let parameters = bytemuck::cast_slice(model.parameters().ok_or(EngineError::HelperLost)?);
        for (i, member) in (1..).zip(&self.members) {
            let share = i * len..(i + 1) * len;
            let weights = bytemuck::cast_slice(&batch.weights[share.clone()]);
            (member.orders)(&[&batch.ids[share.clone()], &batch.targets[share], weights, parameters]);
        }
        let [ids, targets] = [&batch.ids, &batch.targets].map(|words| words[..len].to_vec());
        model.accumulate(&Batch { ids, targets, weights: batch.weights[..len].to_vec() }).await?;
        for member in &mut self.members {
            let learnt = member.reply().await;
            learnt.and_then(|learnt| add(model, &learnt)).ok_or(EngineError::HelperLost)?;
        }
        Ok(())
    }
}

/// Adds the loss and the gradients that another found.
fn add(model: &mut Model, learnt: &[u32]) -> Option<()> {
    let (loss, gradients) = learnt.split_first()?;
    *model.loss()? += f32::from_bits(*loss);
    let sums = model.gradients_here()?.iter_mut();
    sums.zip(gradients).for_each(|(sum, gradient)| *sum += f32::from_bits(*gradient));
    Some(())
}
