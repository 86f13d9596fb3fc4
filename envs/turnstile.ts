import { emulate } from '../lib/env/emulate.ts';
import type { ParallelEnv, PerAgent, ResetOptions, State } from '../lib/env/structured.ts';
import { Random } from '../lib/random.ts';
import { box } from '../lib/space/box.ts';
import { discrete } from '../lib/space/discrete.ts';

const CLOSING = 20;
const PATIENCE = 6;
const INSIDE = 4;
const VISITORS = ['visitor_0', 'visitor_1', 'visitor_2', 'visitor_3', 'visitor_4', 'visitor_5'];
const sees = box(-1, 1, [2]);
const does = discrete(2);

/** Someone who is inside. */
type Visitor = {
  /** Steps that it stays in all, and those that it has stayed. */
  readonly patience: number;
  readonly stayed: number;
  /** The way that is open to it: 0 or 1. */
  readonly way: number;
};

/**
 * A sanity check: agents come, go and come again at random, some by termination, some by truncation. Who learns from
 * the rows of those who are not there, or loses what belongs to whom, does not reach the optimum.
 *
 * Six visitors, at most four of them inside. The first comes at once; until step 20, each who is outside comes with
 * probability ¼ while there is room. A visitor stays for 1 … 6 steps, then visitors of even number terminate, those
 * of odd number are truncated; the episode is over when nobody is inside. Observation, Box(2): the way that is open to the
 * visitor in this step (−1 or 1, at random), and the share of its stay that is left. Actions: 0 pushes to −1, 1 to 1.
 * Reward: for the open way, 1 by the steps of the stay. The optimum is 1 for each stay, chance is ½; solved at a mean
 * return of 0.95.
 */
class Turnstile implements ParallelEnv<typeof sees, typeof does> {
  readonly possibleAgents = VISITORS;
  #random = new Random(0);
  /** By number; null: outside. */
  #visitors: readonly (Visitor | null)[] = [];
  #steps = 0;

  get agents(): readonly string[] {
    return VISITORS.filter((_, i) => this.#visitors[i]);
  }

  observationSpace() {
    return sees;
  }

  actionSpace() {
    return does;
  }

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.#random = new Random(seed);
    this.#steps = 0;
    const first = this.#random.integer(0, VISITORS.length);
    this.#visitors = VISITORS.map((_, i) => (i === first ? this.#enter() : null));
    return [each(this.#visitors, look), {}] as const;
  }

  step(actions: PerAgent<number>) {
    const before = this.#visitors;
    const after = before.map(
      (visitor) => visitor && { ...visitor, stayed: visitor.stayed + 1, way: this.#random.integer(0, 2) },
    );
    this.#visitors = after.map((visitor) => (visitor && !isOver(visitor) ? visitor : null));
    if (++this.#steps < CLOSING) this.#admit(before);
    return [
      { ...each(after, look), ...each(this.#visitors, look) },
      each(before, ({ patience, way }, i) => +(actions[VISITORS[i]] === way) / patience),
      each(after, (visitor, i) => isOver(visitor) && i % 2 === 0),
      each(after, (visitor, i) => isOver(visitor) && i % 2 === 1),
      {},
    ] as const;
  }

  getState(): State {
    const visitors = this.#visitors.map((visitor) => visitor && { ...visitor });
    return { seed: this.#random.seed, draws: this.#random.draws, visitors, steps: this.#steps };
  }

  setState(state: State) {
    const { seed, draws, visitors, steps } = state as Saved;
    const areVisitors =
      visitors.length === VISITORS.length && visitors.every((visitor) => !visitor || isVisitor(visitor));
    if (!(areVisitors && Number.isSafeInteger(steps) && steps >= 0))
      throw new RangeError('Turnstile: expected visitors and steps');
    this.#random = new Random(seed, draws);
    this.#visitors = visitors.map((visitor) => visitor && { ...visitor });
    this.#steps = steps;
  }

  /** Lets visitors in; who leaves in this step keeps its place for it. */
  #admit(before: readonly (Visitor | null)[]): void {
    let taken = before.filter(Boolean).length;
    this.#visitors = this.#visitors.map((visitor, i) => {
      if (before[i] || taken === INSIDE || this.#random.integer(0, 4) > 0) return visitor;
      taken++;
      return this.#enter();
    });
  }

  #enter(): Visitor {
    return { patience: this.#random.integer(1, PATIENCE + 1), stayed: 0, way: this.#random.integer(0, 2) };
  }
}

type Saved = {
  readonly seed: number;
  readonly draws: number;
  readonly visitors: readonly (Visitor | null)[];
  readonly steps: number;
};

function isVisitor({ patience, stayed, way }: Visitor): boolean {
  return (
    discrete(PATIENCE, 1).contains(patience) && discrete(patience).contains(stayed) && does.contains(way)
  );
}

function isOver({ patience, stayed }: Visitor): boolean {
  return stayed === patience;
}

function look({ patience, stayed, way }: Visitor): number[] {
  return [2 * way - 1, 1 - stayed / patience];
}

/** Values for those who are inside, by their names. */
function each<T>(
  visitors: readonly (Visitor | null)[],
  value: (visitor: Visitor, i: number) => T,
): PerAgent<T> {
  return Object.fromEntries(
    visitors.flatMap((visitor, i) => (visitor ? [[VISITORS[i], value(visitor, i)]] : [])),
  );
}

export const turnstile = emulate({
  id: 'Turnstile-v0',
  module: import.meta.url,
  create: () => new Turnstile(),
  maxAgents: { visitor: INSIDE },
  reappear: true,
  threshold: 0.95,
});
