// A chapter's page as a visitor sees it: what its tests have in common.

import { readFile } from 'node:fs/promises';

const REGISTRY = JSON.parse(await readFile(new URL('../../../www/figures.json', import.meta.url), 'utf8'));

/** The names of every figure, in their order, by the page of their chapter. */
export const FIGURES = Object.fromEntries(REGISTRY.map(({ page, figures }) => [page, figures.map(({ name }) => name)]));

/** Animals that eat and tools that are used, in sentences enough to learn from in a second. */
export const FARM = Array.from({ length: 600 }, (_, i) => {
  const n = i * i + Math.floor(i / 7);
  const [animal, tool] = [['fox', 'dog', 'cat', 'hen'][n % 4], ['hammer', 'spade', 'needle', 'broom'][Math.floor(n / 4) % 4]];
  return `The ${animal} eats bread and sleeps in the barn. He uses the ${tool} to mend a chair with care.`;
}).join('\n');

/** Waits until the words of a text of this name were learnt. */
export async function learnt(visit, name, timeout = 300_000) {
  const done = (name) => {
    const says = (id) => document.querySelector(`[data-testid="${id}"]`)?.textContent ?? '';
    return says('text-name').includes(name) && /learnt|counted|stopped/.test(says('learnt'));
  };
  await visit.until(`the words of ${name} are learnt`, done, { args: [name], timeout });
}

/** Waits until a text of this name was counted. */
export async function counted(visit, name, timeout = 180_000) {
  const done = (name) => {
    const says = (id) => document.querySelector(`[data-testid="${id}"]`)?.textContent ?? '';
    return says('text-name').includes(name) && /\d/.test(says('counted'));
  };
  await visit.until(`${name} is counted`, done, { args: [name], timeout });
}

/** Brings a figure onto the screen, long enough for it to notice. */
export async function show(visit, figure) {
  await visit.page.evaluate(async (figure) => {
    document.querySelector(`[data-figure="${figure}"]`).scrollIntoView({ block: 'center' });
    await new Promise((resolve) => setTimeout(resolve, 500));
  }, figure);
}

/** Waits until the element says something that `pattern` matches, and gives it. */
export async function says(visit, id, pattern, timeout = 120_000) {
  const matches = (id, source) => new RegExp(source).test(document.querySelector(`[data-testid="${id}"]`)?.textContent ?? '');
  await visit.until(`${id} says ${pattern}`, matches, { args: [id, pattern.source], timeout });
  return visit.text(id);
}
