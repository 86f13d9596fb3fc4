import type { Column } from './arena.ts';
import type { ActorCritic } from './engine/wasm/actorCritic.ts';
import { ActionCheck } from './env/actionCheck.ts';
import type { RowGroup, VectorEnvs } from './env/vectorEnvs.ts';
import { CheckpointError } from './errors.ts';
import type { Maybe, Rollouts, RolloutsAhead, Saved, Stateful, Tensor } from './nouns.ts';
import { type Batch, isGrouped, type Rollout } from './records.ts';
import { checkFinite, checkTensors, copies, prefixed, restoreColumns, unprefixed, views } from './restore.ts';
import type { RolloutRing } from './rolloutRing.ts';
import type { Turn } from './turn.ts';
import type { Crew } from './workers/crew.ts';

/** A policy's weights as the learner has them, and the copy that acts. */
export interface ActingPolicy {
  readonly name: string;
  readonly network: ActorCritic;
  readonly acting: ActorCritic;
}

export interface OverlapOptions {
  readonly envs: VectorEnvs;
  readonly policies: readonly ActingPolicy[];
  /** By the names of the kinds; of two slots each. */
  readonly rings: Readonly<Record<string, RolloutRing>>;
  readonly totalSteps: number;
}

/** What collects with a crew that the learner is not at. */
export interface CrewRollouts extends Rollouts {
  readonly crew: Crew;
}

/** A rollout, and what is to be done when it is released. */
interface Held {
  rollout: Maybe<Batch<Rollout>>;
  released: () => void;
}

/**
 * Collects the next rollout while the learner updates, with the weights from before the update: the crew plays, and the
 * calling thread joins in when it has learned. The same bits for any number of workers: one alone collects after the update
 * what several collect meanwhile.
 */
export class OverlappedRollouts implements RolloutsAhead, Stateful {
  readonly turn: Turn;
  readonly #from: CrewRollouts;
  readonly #options: OverlapOptions;
  #waiting: Held | undefined;
  /** Joins the crew, which is collecting, and answers with what it has collected. */
  #join: (() => Promise<Held>) | undefined;
  #isJoining = false;
  #staleness = 0;

  /** @param from what collects a rollout, with the acting policies */
  constructor(from: CrewRollouts, options: OverlapOptions) {
    this.turn = from.turn;
    this.#from = from;
    this.#options = options;
  }

  isOf(...nouns: Parameters<Rollouts['isOf']>): boolean {
    return this.#from.isOf(...nouns);
  }

  get scores() {
    return { ...this.#options.envs.scores, staleness: this.#staleness };
  }

  /** Whether a rollout has been collected that nobody has learned from yet. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** The rollout that waits, or else a new one by the newest weights. */
  collect(released: (error?: unknown) => void): Maybe<Batch<Rollout>> {
    this.#checkIdle('collect');
    this.#staleness = this.#waiting ? 1 : 0;
    const held = this.#waiting ?? this.#begun();
    this.#waiting = undefined;
    held.released = () => this.#finish(released);
    return held.rollout;
  }

  begin(): void {
    const { envs, totalSteps } = this.#options;
    if (envs.steps >= totalSteps) return;
    let held: Held | undefined;
    const join = this.#from.crew.ahead(() => {
      held = this.#begun();
      return held.rollout;
    });
    this.#join = async () => {
      const rollout = await join();
      return Object.assign(held as Held, { rollout });
    };
  }

  /** The acting weights and the rollout that waits; its values lack the last row, which `bootstrap` fills. */
  save(): Saved {
    this.#checkIdle('save');
    if (!this.#waiting) return { tensors: {}, values: {} };
    const { policies } = this.#options;
    const tensors: Record<string, Tensor> = {};
    for (const { name, acting } of policies)
      Object.assign(tensors, prefixed(`acting.${name}.`, acting.tensors()));
    for (const [kind, rollout] of this.#rolloutsOf(this.#waiting.rollout as Batch<Rollout>))
      Object.assign(tensors, prefixed(`rollout.${kind}.`, copies(columnsOf(rollout))));
    return { tensors, values: {} };
  }

  /** To be called when the envs have been loaded. */
  load({ tensors }: Saved): void {
    this.#checkIdle('load');
    if (Object.keys(tensors).length === 0) return;
    const { policies, rings, envs } = this.#options;
    for (const { name, acting } of policies) acting.load(unprefixed(`acting.${name}.`, tensors));
    const held: Held = { rollout: undefined as never, released: () => {} };
    let unreleased = Object.keys(rings).length;
    const rollouts = Object.entries(rings).map(([kind, ring]) => {
      const saved = unprefixed(`rollout.${kind}.`, tensors);
      const segment = ring.begin();
      segment.fill(envs.t - ring.options.numSteps);
      const rollout = segment.finish(() => {
        if (--unreleased === 0) held.released();
      });
      const columns = columnsOf(rollout);
      checkTensors(`ahead.rollout.${kind}`, views(columns), saved);
      const { logProbs, values, rewards, states } = saved;
      checkFinite(`ahead.rollout.${kind}`, { logProbs, values, rewards, ...(states && { states }) });
      restoreColumns(columns, saved);
      this.#checkActions(kind, rollout);
      return [kind, rollout] as const;
    });
    held.rollout =
      rollouts.length > 1 ? { kind: 'rollout', groups: Object.fromEntries(rollouts) } : rollouts[0][1];
    this.#waiting = held;
  }

  /** Begins to collect by the newest weights. */
  #begun(): Held {
    for (const { network, acting } of this.#options.policies) {
      acting.copy(network);
    }
    const held: Held = { rollout: undefined as never, released: () => {} };
    held.rollout = this.#from.collect(() => held.released());
    return held;
  }

  /** Waits for the rollout under way before the iteration ends. */
  #finish(released: (error?: unknown) => void): void {
    const join = this.#join;
    this.#join = undefined;
    if (!join) {
      released();
      return;
    }
    this.#isJoining = true;
    join().then(
      (held) => {
        this.#isJoining = false;
        this.#waiting = held;
        released();
      },
      (error) => {
        this.#isJoining = false;
        released(error);
      },
    );
  }

  #checkIdle(caller: string): void {
    if (this.#join || this.#isJoining) throw new Error(`${caller}: a rollout is being collected`);
  }

  /** @throws CheckpointError naming an action that none of the kind's agents can have chosen */
  #checkActions(kind: string, { actions, actionMasks, steps, rows }: Rollout): void {
    const group = this.#options.envs.groups.find((each) => each.kind === kind) as RowGroup;
    const check = new ActionCheck(group.action);
    for (let row = 0; row < steps * rows; row++) {
      const problem = check.problem(actions, row, actionMasks);
      if (problem) throw new CheckpointError(`checkpoint: ahead.rollout.${kind}: row ${row}: ${problem}`);
    }
  }

  #rolloutsOf(rollout: Batch<Rollout>): (readonly [kind: string, rollout: Rollout])[] {
    return isGrouped(rollout)
      ? Object.entries(rollout.groups)
      : [[Object.keys(this.#options.rings)[0], rollout]];
  }
}

/** What is collected of a rollout. */
function columnsOf(rollout: Rollout): Record<string, Column> {
  const { observations, actions, logProbs, values, rewards, terminations, truncations, masks } = rollout;
  const { nextObservations, actionMasks, finalObservations, states } = rollout;
  return {
    ...{
      observations,
      actions,
      logProbs,
      values,
      rewards,
      terminations,
      truncations,
      masks,
      nextObservations,
    },
    ...(actionMasks && { actionMasks }),
    ...(finalObservations && { finalObservations }),
    ...(states && { states }),
  };
}
