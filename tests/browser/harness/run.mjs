// A run as a visitor sees it: what the tests that train have in common.

/** Text of which a small model learns something within seconds. */
export const SHEEP = Array.from({ length: 400 }, (_, n) => `${n} sheep went over the bridge, and ${n >> 1} came back.\n`).join('');

/** A spec, as the address carries it, of a model so small that a busy processor trains it within seconds. */
export const tiny = ({ executor, steps = 300, ...others }) => {
  const spec = { tokenizer: 'bytes', depth: 1, width: 32, context: 32, lr: 0.01, warmup: 10, validate_every: 50, steps, executor, ...others };
  return 'workshop.html#' + Object.entries(spec).map(([key, value]) => `${key}=${value}`).join('&');
};

/** Drops a text on the page, and waits until it was read. */
export async function give(visit, name = 'sheep.txt', text = SHEEP) {
  await visit.drop('drop-zone', { name, text });
  const read = (name) => document.querySelector('[data-testid="text-name"]')?.textContent === name;
  await visit.until(`${name} is read`, read, { args: [name] });
}

/** Waits until the run is in the phase `name`. */
export function phase(visit, name) {
  const entered = (name) => document.querySelector('[data-phase]')?.dataset.phase === name;
  return visit.until(`the run is ${name}`, entered, { args: [name] });
}

/** Waits until the training loss that is shown, in bits per byte, is less than `bound`. */
export function learnt(visit, bound) {
  const less = (bound) => parseFloat(document.querySelector('[data-testid="loss-train"]')?.textContent) < bound;
  return visit.until(`the loss is less than ${bound}`, less, { args: [bound] });
}

/** Pauses, and waits until the checkpoint of the step that is shown is in the list; gives what stands there. */
export async function pause(visit) {
  await visit.click('pause');
  await phase(visit, 'paused');
  const kept = () => {
    const [step] = /^Step [\d,]+ of \d+(,\d{3})*/.exec(document.querySelector('[data-testid="progress"]').textContent);
    return document.querySelector('[data-testid="kept-run"] strong')?.textContent === step;
  };
  await visit.until('the paused run is kept', kept);
  return standing(visit);
}

/** Takes the offer to go on with the latest kept run, and waits until it stands there, paused. */
export async function goOn(visit) {
  await (await (await visit.find('welcome')).$('[data-testid="restore"]')).click();
  await phase(visit, 'paused');
}

/** The step and the loss that are shown. */
export async function standing(visit) {
  const [, step] = /^Step ([\d,]+) of/.exec(await visit.text('progress'));
  return { step: Number(step.replaceAll(',', '')), loss: await visit.text('loss-train') };
}

/** Lets the model go on from `prompt` by `length` tokens, and gives all that stands there once it is done. */
export async function write(visit, prompt, length = 20) {
  await (await visit.find('generate-options')).evaluate((options) => (options.open = true));
  await visit.fill('length', String(length));
  await visit.fill('prompt', prompt);
  await visit.click('generate');
  const done = () => / a second$/.test(document.querySelector('[data-testid="generate-status"]').textContent);
  await visit.until('it has written', done);
  return visit.text('tokens');
}

/** Trains anew from start to end, and waits until the new run is kept. */
export async function train(visit) {
  const before = await visit.page.$$eval('[data-testid="kept-run"]', (runs) => runs.length);
  await visit.click('start');
  const kept = (before) => document.querySelectorAll('[data-testid="kept-run"]').length > before;
  await visit.until('a new run is kept', kept, { args: [before] });
  await phase(visit, 'finished');
}

/** What the page says about `id`, once it says something: the sentence without its button. */
export async function said(visit, id) {
  return (await visit.find(id)).$eval('span', (words) => words.textContent);
}
