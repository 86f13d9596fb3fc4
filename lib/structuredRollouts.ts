import type { Column } from './arena.ts';
import type { WasmAgent } from './engine/wasm/wasmAgent.ts';
import type { StructuredEnvs } from './env/structuredEnvs.ts';
import type { StructuredGroup } from './env/structuredGroup.ts';
import type { StructuredShare } from './env/structuredShare.ts';
import type { Maybe, Rollouts } from './nouns.ts';
import type { Batch, Rollout } from './records.ts';
import type { RolloutRing, RolloutSegment, StepColumns } from './rolloutRing.ts';
import type { Turn } from './turn.ts';
import { after, attempt, type Crew, type Task } from './workers/crew.ts';

/** Who acts for a kind of agents, and where its rollouts are kept. */
export interface RolloutKind {
  readonly agent: WasmAgent;
  readonly ring: RolloutRing;
}

/** The rows of one kind, and the steps of each slot of its ring. */
interface Cast extends RolloutKind {
  readonly group: StructuredGroup;
  readonly steps: readonly (readonly StepColumns[])[];
}

/**
 * Collects whole rollouts of a structured env: each member of its crew plays its own worlds through all steps, the agents
 * of every kind deciding for their rows, without a barrier between steps. The bits are those of the composed graph.
 */
export class StructuredRollouts implements Rollouts {
  readonly turn: Turn;
  readonly crew: Crew;
  readonly #envs: StructuredEnvs;
  readonly #cast: readonly Cast[];
  readonly #collectAll: Task;

  /** @param kinds by their names */
  constructor(envs: StructuredEnvs, kinds: Readonly<Record<string, RolloutKind>>) {
    this.turn = envs.turn;
    this.crew = envs.crew;
    this.#envs = envs;
    this.#cast = envs.groups.map((group) => {
      const { agent, ring } = kinds[group.kind];
      return { agent, ring, group, steps: ring.slots.map((_, slot) => ring.steps(slot)) };
    });
    this.#collectAll = envs.crew.task((member, [t, code]) => {
      if (envs.share) this.#play(member, envs.share, t, code);
    });
  }

  isOf(envs: object, kinds: Parameters<Rollouts['isOf']>[1]): boolean {
    const isCast = ({ group, agent, ring }: Cast) =>
      kinds[group.kind]?.agent === agent && kinds[group.kind].ring === ring;
    return envs === this.#envs && Object.keys(kinds).length === this.#cast.length && this.#cast.every(isCast);
  }

  collect(released: () => void): Maybe<Batch<Rollout>> {
    const envs = this.#envs;
    const { t } = envs;
    const { numSteps } = this.#cast[0].ring.options;
    envs.checkOpen('collect');
    const segments: RolloutSegment[] = [];
    const collected = attempt(
      () => {
        for (const { ring } of this.#cast) segments.push(ring.begin());
        return this.#collectAll(t, this.#codeOf(segments));
      },
      () => {
        for (const segment of segments) segment.abandon();
        envs.failed();
      },
    );
    return after(collected, () => {
      envs.passed(numSteps);
      return this.#finish(segments, t, released);
    });
  }

  #finish(segments: readonly RolloutSegment[], t: number, released: () => void): Batch<Rollout> {
    let held = segments.length;
    const rollouts = segments.map((segment) => {
      segment.fill(t);
      return segment.finish(() => {
        if (--held === 0) released();
      });
    });
    if (rollouts.length === 1) return rollouts[0];
    const groups = rollouts.map((rollout, g) => [this.#cast[g].group.kind, rollout]);
    return { kind: 'rollout', groups: Object.fromEntries(groups) };
  }

  /** Which slots are filled, one of each ring, in one number. */
  #codeOf(segments: readonly RolloutSegment[]): number {
    return this.#cast.reduce((code, { steps }, g) => code * steps.length + segments[g].index, 0);
  }

  #slotsOf(code: number): number[] {
    let rest = code;
    const slots = this.#cast.map(() => 0);
    for (let g = slots.length - 1; g >= 0; g--) {
      const { length } = this.#cast[g].steps;
      slots[g] = rest % length;
      rest = Math.floor(rest / length);
    }
    return slots;
  }

  /** All steps of a share's worlds from step t on. */
  #play(member: number, share: StructuredShare, t: number, code: number): void {
    const { from, to } = share;
    if (from === to) return;
    const slots = this.#slotsOf(code);
    const { numSteps } = this.#cast[0].ring.options;
    for (let k = 0; k < numSteps; k++) {
      share.at(t + k);
      for (const [g, cast] of this.#cast.entries()) {
        this.#decide(member, share, t + k, cast, cast.steps[slots[g]][k]);
        if (k > 0) continue;
        const { group, agent, ring } = cast;
        this.#copy(share, group, agent.statesAt(t), ring.slots[slots[g]].states);
      }
      this.#envs.checkActions(from, to);
      share.advance(t + k);
      for (const [g, { group, steps }] of this.#cast.entries()) this.#keep(share, group, steps[slots[g]][k]);
    }
    share.at(t + numSteps);
    for (const [g, { group, ring }] of this.#cast.entries())
      this.#copy(share, group, group.observations, ring.slots[slots[g]].nextObservations);
  }

  /** Keeps what a kind's rows show, and lets its agent decide for them. */
  #decide(
    member: number,
    share: StructuredShare,
    t: number,
    { group, agent }: Cast,
    step: StepColumns,
  ): void {
    const { observations, actionMasks } = step;
    this.#copy(share, group, group.observations, observations);
    if (group.actionMasks) this.#copy(share, group, group.actionMasks, actionMasks);
    const masks = group.actionMasks ? actionMasks.byteOffset : 0;
    const [from, to] = [share.from * group.slots, share.to * group.slots];
    agent.decide(member, t, observations, masks, group.masks.byteOffset, step, from, to);
    this.#copy(share, group, step.actions, group.actions);
  }

  /** Keeps what came of it. */
  #keep(share: StructuredShare, group: StructuredGroup, step: StepColumns): void {
    this.#copy(share, group, group.rewards, step.rewards);
    this.#copy(share, group, group.terminations, step.terminations);
    this.#copy(share, group, group.truncations, step.truncations);
    this.#copy(share, group, group.masks, step.masks);
    if (group.finalObservations) this.#copy(share, group, group.finalObservations, step.finalObservations);
  }

  /** Copies the rows of a share from one column of all rows to another. */
  #copy(
    { from, to }: StructuredShare,
    { rows, slots }: StructuredGroup,
    source: Column,
    target: Column,
  ): void {
    const pitch = (source.byteLength / rows) * slots;
    const { kernels } = this.#envs.arena;
    kernels.copy(target.byteOffset + from * pitch, source.byteOffset + from * pitch, (to - from) * pitch);
  }
}
