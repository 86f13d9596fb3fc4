import type { Column } from './arena.ts';
import type { DecisionColumns, WasmAgent } from './engine/wasm/wasmAgent.ts';
import type { ColumnarEnvs } from './env/columnarEnvs.ts';
import type { Stage } from './env/stage.ts';
import type { WorldBlock } from './env/worldBlock.ts';
import type { Maybe, Rollouts } from './nouns.ts';
import type { Rollout } from './records.ts';
import type { RolloutRing } from './rolloutRing.ts';
import type { Turn } from './turn.ts';
import { after, attempt, type Crew, type Task } from './workers/crew.ts';

/** A step of a rollout: what the envs and what the agent read and write of it. */
interface Scene {
  readonly stage: Stage;
  readonly decision: DecisionColumns;
}

/**
 * Collects whole rollouts of a columnar env, block after block of worlds: observe, infer, step and collect in one, all
 * steps of a block before the next, written in place. A crew shares the blocks out, without a barrier between steps. The
 * bits are those of the composed graph.
 */
export class FusedRollouts implements Rollouts<'rows'> {
  readonly turn: Turn;
  readonly crew: Crew;
  readonly #envs: ColumnarEnvs;
  readonly #agent: WasmAgent;
  readonly #ring: RolloutRing;
  readonly #scenes: readonly (readonly Scene[])[];
  readonly #collectAll: Task;

  constructor(envs: ColumnarEnvs, agent: WasmAgent, ring: RolloutRing) {
    this.turn = envs.turn;
    this.crew = envs.crew;
    this.#envs = envs;
    this.#agent = agent;
    this.#ring = ring;
    this.#scenes = ring.slots.map((_, slot) => scenesOf(envs, ring, slot));
    this.#collectAll = envs.crew.task((member, [slot, t, seed]) => {
      envs.seed = seed;
      envs.eachBlock((block) => this.#play(member, block, slot, t));
    });
  }

  isOf(envs: object, kinds: Parameters<Rollouts['isOf']>[1]): boolean {
    const [seat, ...others] = Object.values(kinds);
    return (
      envs === this.#envs && others.length === 0 && seat.agent === this.#agent && seat.ring === this.#ring
    );
  }

  collect(released: () => void): Maybe<Rollout> {
    const segment = this.#ring.begin();
    const { t, seed } = this.#envs;
    const { numSteps } = this.#ring.options;
    const collected = attempt(
      () => this.#collectAll(segment.index, t, seed),
      () => segment.abandon(),
    );
    return after(collected, () => {
      this.#envs.passed(numSteps);
      segment.fill(t);
      return segment.finish(released);
    });
  }

  /** All steps of a block from step t on. */
  #play(member: number, block: WorldBlock, slot: number, t: number): void {
    const envs = this.#envs;
    const scenes = this.#scenes[slot];
    const first = scenes[0].stage;
    const { firstRow, rows } = block;
    const before = envs.stage(t);
    this.#copy(before.context.observations, first.context.observations, block);
    if (first.actionMasks) this.#copy(before.context.actionMasks, first.actionMasks, block);
    const waiting = envs.stage(t + scenes.length);
    let carried = envs.masks.byteOffset;
    for (const [k, { stage, decision }] of scenes.entries()) {
      const masks = stage.actionMasks?.byteOffset ?? 0;
      const { observations } = stage.context;
      this.#agent.decide(member, t + k, observations, masks, carried, decision, firstRow, firstRow + rows);
      if (k === 0) this.#copy(this.#agent.statesAt(t), this.#ring.slots[slot].states, block);
      carried = stage.masks.byteOffset;
      block.advance(member, stage, scenes[k + 1]?.stage ?? waiting, t + k);
    }
    this.#copy(waiting.context.observations, this.#ring.slots[slot].nextObservations, block);
    const last = scenes[scenes.length - 1].stage;
    const { rewards, terminations, truncations, masks } = envs;
    this.#copy(last.context.rewards, rewards, block);
    this.#copy(last.context.terminations, terminations, block);
    this.#copy(last.truncations, truncations, block);
    this.#copy(last.masks, masks, block);
  }

  /** Copies the rows of a block from one column of all rows to another. */
  #copy(from: Column, to: Column, { firstRow, rows }: WorldBlock): void {
    const pitch = from.byteLength / this.#envs.rows;
    const { kernels } = this.#envs.arena;
    kernels.copy(to.byteOffset + firstRow * pitch, from.byteOffset + firstRow * pitch, rows * pitch);
  }
}

function scenesOf(envs: ColumnarEnvs, ring: RolloutRing, slot: number): Scene[] {
  const { maskSize = 0, finalObservations = false } = ring.options;
  return ring.steps(slot).map((step) => {
    const stage = envs.stageOf({
      ...step,
      actionMasks: maskSize > 0 ? step.actionMasks : undefined,
      finalObservations: finalObservations ? step.finalObservations : undefined,
    });
    return { stage, decision: step };
  });
}
