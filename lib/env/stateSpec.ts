import { type Column, type ColumnType, columnTypes } from '../arena.ts';
import { isNumber } from './head.ts';

/** A column of state. A saved value outside its bounds, NaN too, is refused when it is loaded. */
export interface StateColumn {
  readonly type: ColumnType;
  /** Elements per world (or agent); by default 1. */
  readonly width?: number;
  /** Where worlds have several agents: whose the elements are; by default the world's. */
  readonly per?: 'world' | 'agent';
  readonly low?: number;
  readonly high?: number;
}

/** State columns: name → element type, [element type, elements per world], or both with bounds. */
export type StateSpec = Readonly<Record<string, ColumnType | readonly [ColumnType, number] | StateColumn>>;

type TypeOf<C> = C extends ColumnType
  ? C
  : C extends readonly [infer T extends ColumnType, number]
    ? T
    : C extends { readonly type: infer T extends ColumnType }
      ? T
      : never;
export type StateColumns<S extends StateSpec> = { readonly [K in keyof S]: Column<TypeOf<S[K]>> };

/** A column's description with its width. */
export function stateColumn(spec: StateSpec[string]): StateColumn & { readonly width: number } {
  if (typeof spec === 'string') return { type: spec, width: 1 };
  if (isPair(spec)) return { type: spec[0], width: spec[1] };
  return { width: 1, ...spec };
}

function isPair(spec: StateSpec[string]): spec is readonly [ColumnType, number] {
  return Array.isArray(spec);
}

/** Checks the columns of env `id`. @throws TypeError naming the first whose description is wrong */
export function checkStateSpec(id: string, state: unknown): void {
  if (typeof state !== 'object' || state === null)
    throw new TypeError(`defineEnv ${id}: state must be an object of columns`);
  const known = columnTypes as readonly unknown[];
  for (const [name, spec] of Object.entries(state)) {
    const {
      type,
      width,
      per = 'world',
      low = Number.NEGATIVE_INFINITY,
      high = Number.POSITIVE_INFINITY,
      ...rest
    } = stateColumn(spec ?? {});
    const bounded = isNumber(low) && isNumber(high) && low <= high && Object.keys(rest).length === 0;
    const owned = per === 'world' || per === 'agent';
    if (!(known.includes(type) && Number.isInteger(width) && width > 0 && owned && bounded)) {
      const got = JSON.stringify(spec);
      throw new TypeError(
        `defineEnv ${id}: state.${name} must be one of ${known.join(', ')}, or [type, width], or { type, width, per, low, high }, got ${got}`,
      );
    }
  }
}
