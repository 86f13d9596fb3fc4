import type { Arena, Column, ColumnSpecs, Columns } from '../arena.ts';
import type { Actions } from '../records.ts';
import { prefixed } from '../restore.ts';
import { type ActionCodec, actionCodec } from '../space/actionCodec.ts';
import { type Layout, layout } from '../space/layout.ts';
import type { Space } from '../space/space.ts';
import { ActionCheck } from './actionCheck.ts';
import type { AgentKind } from './structured.ts';
import type { RowGroup } from './vectorEnvs.ts';
import type { Autoreset, VectorOptions } from './vectorOptions.ts';

function groupColumns(
  { observation, action, slots, agents, masked }: AgentKind,
  numEnvs: number,
  autoreset: Autoreset,
) {
  const rows = numEnvs * slots;
  const { dtype, width } = layout(observation);
  const check = new ActionCheck(action);
  const flags = masked ? rows * check.choices : 0;
  return {
    actions: [check.type, rows * check.width],
    rewards: ['f32', rows],
    terminations: ['u8', rows],
    truncations: ['u8', rows],
    masks: ['f32', rows],
    occupants: ['i32', rows],
    elapsed: ['i32', rows],
    episodeReturns: ['f64', rows],
    gone: ['u8', numEnvs * agents.length],
    observations0: [dtype, rows * width],
    observations1: [dtype, rows * width],
    actionMasks0: ['u8', flags],
    actionMasks1: ['u8', flags],
    finalObservations: [dtype, autoreset === 'SAME_STEP' ? rows * width : 0],
  } as const satisfies ColumnSpecs;
}

/** The rows of a kind of agent, and who is in them. */
export class StructuredGroup implements RowGroup {
  readonly kind: string;
  readonly observation: Space;
  readonly action: Space;
  readonly rows: number;
  readonly slots: number;
  readonly firstRow: number;
  readonly actions: Actions;
  readonly rewards: Float32Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  readonly masks: Float32Array;
  readonly finalObservations: Column | undefined;
  readonly agents: readonly string[];
  readonly check: ActionCheck;
  readonly layout: Layout;
  /** [N] who acts next: the agent's place in `agents`, plus 1; 0: nobody */
  readonly occupants: Int32Array;
  /** [N] steps of the agent's episode */
  readonly elapsed: Int32Array;
  /** [N] */
  readonly episodeReturns: Float64Array;
  /** [worlds, agents] 1: has finished in the world's episode */
  readonly gone: Uint8Array;
  /** [N] when the row's agent was last found among the env's agents */
  readonly mentioned: Float64Array;
  /** The step whose buffers `observations` and `actionMasks` are. */
  t = 0;
  readonly #codec: ActionCodec;
  readonly #observations: readonly [Column, Column];
  readonly #actionMasks: readonly [Uint8Array, Uint8Array];

  /** Their names begin with that of the kind. */
  static columns(kind: AgentKind, numEnvs: number, autoreset: Autoreset): ColumnSpecs {
    const columns = Object.entries(groupColumns(kind, numEnvs, autoreset));
    return Object.fromEntries(columns.map(([name, spec]) => [`${kind.name}.${name}`, spec]));
  }

  constructor(
    kind: AgentKind,
    { numEnvs, autoreset = 'NEXT_STEP', clipActions }: VectorOptions,
    firstRow: number,
    arena: Arena,
  ) {
    const columns: Columns<ReturnType<typeof groupColumns>> = arena.take(
      groupColumns(kind, numEnvs, autoreset),
    );
    this.kind = kind.name;
    this.observation = kind.observation;
    this.action = kind.action;
    this.agents = kind.agents;
    this.slots = kind.slots;
    this.rows = numEnvs * kind.slots;
    this.firstRow = firstRow;
    this.actions = columns.actions;
    this.rewards = columns.rewards;
    this.terminations = columns.terminations;
    this.truncations = columns.truncations;
    this.masks = columns.masks;
    this.occupants = columns.occupants;
    this.elapsed = columns.elapsed;
    this.episodeReturns = columns.episodeReturns;
    this.gone = columns.gone;
    this.finalObservations = autoreset === 'SAME_STEP' ? columns.finalObservations : undefined;
    this.mentioned = new Float64Array(this.rows);
    this.layout = layout(kind.observation);
    this.check = new ActionCheck(kind.action);
    this.#codec = actionCodec(kind.action, { clip: clipActions });
    this.#observations = [columns.observations0, columns.observations1];
    this.#actionMasks = [columns.actionMasks0, columns.actionMasks1];
    if (arena.isOriginal) columns.actionMasks0.fill(1);
  }

  get observations(): Column {
    return this.#observations[this.t & 1];
  }

  get actionMasks(): Uint8Array | undefined {
    return this.#actionMasks[0].length > 0 ? this.#actionMasks[this.t & 1] : undefined;
  }

  /** What is saved of the rows, by name; between steps. */
  get saved(): Readonly<Record<string, Column>> {
    const { occupants, gone, masks, elapsed, episodeReturns, observations, actionMasks } = this;
    const columns = { occupants, gone, masks, elapsed, episodeReturns, observations };
    return prefixed(`rows.${this.kind}.`, actionMasks ? { ...columns, actionMasks } : columns);
  }

  /** What came of the last step, which is not saved. */
  get outcomes(): readonly Column[] {
    const { rewards, terminations, truncations, finalObservations } = this;
    return [rewards, terminations, truncations, ...(finalObservations ? [finalObservations] : [])];
  }

  /** The buffer of step t, which is this one or the next. */
  observationsAt(t: number): Column {
    return this.#observations[t & 1];
  }

  /** Makes the columns of the next step those of nobody, in the worlds from … to − 1. */
  begin(from: number, to: number): void {
    const { slots, layout } = this;
    const [first, end] = [from * slots, to * slots];
    this.rewards.fill(0, first, end);
    this.terminations.fill(0, first, end);
    this.truncations.fill(0, first, end);
    this.masks.fill(0, first, end);
    this.finalObservations?.fill(0, first * layout.width, end * layout.width);
    this.hide(from, to, this.t + 1);
  }

  /** Hides what those who were in the worlds from … to − 1 would show at step t. */
  hide(from: number, to: number, t: number): void {
    const { slots, layout, check } = this;
    const [first, end] = [from * slots, to * slots];
    this.#observations[t & 1].fill(0, first * layout.width, end * layout.width);
    this.#actionMasks[t & 1].fill(1, first * check.choices, end * check.choices);
  }

  /** The name of who is in the row. */
  nameOf(row: number): string {
    return this.agents[this.occupants[row] - 1];
  }

  /** The row of an agent who acts next, or −1. */
  rowOf(world: number, index: number): number {
    const { slots, agents, occupants } = this;
    const first = world * slots;
    if (slots === agents.length) return occupants[first + index] ? first + index : -1;
    for (let row = first; row < first + slots; row++) if (occupants[row] === index + 1) return row;
    return -1;
  }

  /** Lets an agent in; its row, or −1 if none is free. Who has finished in this step keeps the row until the next. */
  enter(world: number, index: number, reset: boolean): number {
    const { slots, agents, occupants, terminations, truncations } = this;
    let row = world * slots;
    if (slots === agents.length) row += index;
    else {
      const end = row + slots;
      while (row < end && (occupants[row] || (!reset && (terminations[row] || truncations[row])))) row++;
      if (row === end) return -1;
    }
    occupants[row] = index + 1;
    return row;
  }

  /** Lets the row's agent go. */
  leave(row: number): void {
    const world = Math.floor(row / this.slots);
    this.gone[world * this.agents.length + this.occupants[row] - 1] = 1;
    this.occupants[row] = 0;
  }

  /** Forgets who has left a world. */
  forget(world: number): void {
    this.gone.fill(0, world * this.agents.length, (world + 1) * this.agents.length);
  }

  hasGone(world: number, index: number): boolean {
    return this.gone[world * this.agents.length + index] === 1;
  }

  /** What the env is told for a row. */
  actionOf(row: number): unknown {
    return this.#codec.decode(this.actions, row);
  }

  /** Writes which choices a row has at step t, or says what is wrong with the mask. */
  writeMask(mask: unknown, row: number, t: number): string | undefined {
    const problem = mask === undefined ? undefined : this.action.maskProblem(mask, 'actionMask');
    if (!problem) this.#codec.maskFlags(mask as never, this.#actionMasks[t & 1], row * this.check.choices);
    return problem;
  }

  /** Keeps what a row is about to show at step t as its last observation. */
  keepFinal(row: number, t: number): void {
    const { width } = this.layout;
    const shown = this.#observations[t & 1].subarray(row * width, (row + 1) * width);
    this.finalObservations?.set(shown as never, row * width);
  }
}
