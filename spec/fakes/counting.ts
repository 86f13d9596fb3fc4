import { Arena, bytesOf, type Column } from '../../lib/arena.ts';
import { StaleActionError } from '../../lib/errors.ts';
import type { Agent, Envs, Learner, Maybe, Scores } from '../../lib/nouns.ts';
import type { Decision, Estimate, Losses, Minibatch, Observation, Transition } from '../../lib/records.ts';
import { RolloutRing } from '../../lib/rolloutRing.ts';
import { Turn } from '../../lib/turn.ts';

/** How the counting nouns of a test behave. */
export interface Habits {
  readonly rows: number;
  readonly numSteps: number;
  /** Answers come later, by promise. */
  readonly late: { readonly envs?: boolean; readonly agent?: boolean; readonly learner?: boolean };
  readonly recurrent?: boolean;
  /** Called at every stage, with its name; may throw. */
  readonly at?: (stage: Stage) => void;
}

export type Stage = 'observe' | 'infer' | 'step' | 'value' | 'update' | 'collect';

/** What one row shows, does and earns at step t: a different number for each. */
const seen = (t: number, row: number) => 16 * (t % 65536) + row;
const done = (t: number, row: number, state: number) => (7 * t + 3 * row + state) % 11;
const earned = (t: number, row: number) => (5 * t + row) % 13;

function answer<T>(late: boolean | undefined, work: () => T): Maybe<T> {
  return late ? Promise.resolve().then(work) : work();
}

/** Envs whose every observation tells its step and row, and that refuse actions meant for another. */
export class CountingEnvs implements Envs, Scores {
  readonly turn = new Turn();
  readonly observed: number[] = [];
  stepped = 0;
  t = 0;
  readonly #habits: Habits;
  readonly #buffers: readonly [Float32Array, Float32Array];
  readonly #rewards: Float32Array;
  readonly #flags: Uint8Array;
  readonly #masks: Float32Array;

  constructor(habits: Habits) {
    this.#habits = habits;
    const { rows } = habits;
    this.#buffers = [new Float32Array(rows), new Float32Array(rows)];
    this.#rewards = new Float32Array(rows);
    this.#flags = new Uint8Array(rows);
    this.#masks = new Float32Array(rows).fill(1);
  }

  get scores() {
    return {
      steps: this.t * this.#habits.rows,
      episodes: 0,
      episodeReturn: Number.NaN,
      episodeLength: Number.NaN,
      episodeScores: {},
    };
  }

  observe(): Observation {
    this.#habits.at?.('observe');
    this.observed.push(this.t);
    return { kind: 'observation', t: this.t, observations: this.#show() };
  }

  step(decision: Decision): Maybe<Transition> {
    this.#habits.at?.('step');
    if (decision.t !== this.t) throw new StaleActionError(this.t, decision.t);
    for (let row = 0; row < this.#habits.rows; row++) {
      const expected = done(this.t, row, decision.states?.[row] ?? 0);
      if (decision.actions[row] !== expected) {
        throw new Error(
          `step ${this.t}, row ${row}: expected action ${expected}, got ${decision.actions[row]}`,
        );
      }
      this.#rewards[row] = earned(this.t, row);
    }
    this.stepped++;
    return answer(this.#habits.late.envs, () => {
      this.t++;
      return {
        ...decision,
        kind: 'transition' as const,
        rewards: this.#rewards,
        terminations: this.#flags,
        truncations: this.#flags,
        masks: this.#masks,
        nextObservations: this.#show(),
      };
    });
  }

  #show(): Float32Array {
    const buffer = this.#buffers[this.t & 1];
    for (let row = 0; row < buffer.length; row++) buffer[row] = seen(this.t, row);
    return buffer;
  }
}

/** An agent that acts by the step, the row and (recurrent) the number of observations it has seen. */
export class CountingAgent implements Agent {
  readonly inferred: number[] = [];
  /** Observations that have moved the recurrent state. */
  state = 0;
  #lastT = -1;
  readonly #habits: Habits;

  constructor(habits: Habits) {
    this.#habits = habits;
  }

  infer({ t, observations }: Observation): Maybe<Decision> {
    const { rows, recurrent, late, at } = this.#habits;
    at?.('infer');
    this.inferred.push(t);
    check(observations, t);
    return answer(late.agent, () => {
      if (t !== this.#lastT) this.state++;
      this.#lastT = t;
      const before = this.state - 1;
      const states = recurrent ? new Float32Array(rows).fill(before) : undefined;
      const actions = Int32Array.from({ length: rows }, (_, row) => done(t, row, states?.[row] ?? 0));
      const logProbs = new Float32Array(rows).fill(-t);
      const values = new Float32Array(rows).fill(0);
      return { kind: 'decision' as const, t, observations, actions, logProbs, values, states };
    });
  }

  value(_observations: Column, values: Float32Array): Maybe<void> {
    this.#habits.at?.('value');
    return answer(this.#habits.late.agent, () => void values.fill(0));
  }

  save() {
    return { state: this.state, lastT: this.#lastT };
  }

  load({ state, lastT }: ReturnType<CountingAgent['save']>) {
    this.state = state;
    this.#lastT = lastT;
  }
}

function check(observations: ArrayLike<number>, t: number): void {
  for (let row = 0; row < observations.length; row++) {
    if (observations[row] !== seen(t, row)) {
      throw new Error(`step ${t}, row ${row}: expected ${seen(t, row)}, got ${observations[row]}`);
    }
  }
}

/** A learner that checks every row it is given, before and after it has waited, and keeps a digest of all. */
export class CountingLearner implements Learner<Estimate> {
  updates = 0;
  digest = 0;
  readonly #habits: Habits;

  constructor(habits: Habits) {
    this.#habits = habits;
  }

  update({ columns, indices }: Minibatch<Estimate>): Maybe<Losses> {
    this.#habits.at?.('update');
    const before = this.#read(columns, indices);
    return answer(this.#habits.late.learner, () => {
      if (this.#read(columns, indices) !== before)
        throw new Error('the minibatch changed while it was learned from');
      this.updates++;
      this.digest = (Math.imul(this.digest, 31) + before) >>> 0;
      return { loss: this.updates, rows: indices.length };
    });
  }

  #read({ rows, t, observations, rewards, logProbs, order }: Estimate, indices: Uint32Array): number {
    if (indices.buffer !== order.buffer) throw new Error('indices are not the rollout’s own');
    let digest = 0;
    for (const index of indices) {
      const step = t + Math.floor(index / rows);
      const row = index % rows;
      if (
        observations[index] !== seen(step, row) ||
        rewards[index] !== earned(step, row) ||
        logProbs[index] !== -step
      ) {
        throw new Error(`row ${row} of step ${step} is not intact: saw ${observations[index]}`);
      }
      digest = (Math.imul(digest, 17) + seen(step, row)) >>> 0;
    }
    return digest;
  }
}

/** A replay of one step: SAC's place for transitions. */
export class CountingReplay {
  stored = 0;
  readonly #habits: Habits;

  constructor(habits: Habits) {
    this.#habits = habits;
  }

  store({ t, observations, nextObservations }: Transition) {
    this.#habits.at?.('collect');
    check(observations, t);
    check(nextObservations, t + 1);
    this.stored++;
    return { until: t + 1, began: 0, ended: 0, seen: observations.slice(), release: () => {} };
  }
}

export function countingRing({ rows, numSteps, at, recurrent }: Habits): RolloutRing {
  const options = { rows, numSteps, observationSize: 1, stateSize: recurrent ? 1 : 0, development: true };
  const ring = new RolloutRing(options, new Arena(bytesOf(RolloutRing.columns(options))));
  const begin = ring.begin.bind(ring);
  ring.begin = () => {
    at?.('collect');
    return begin();
  };
  return ring;
}
