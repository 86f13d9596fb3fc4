import type { Arena, ColumnSpecs } from '../arena.ts';
import { WORDS } from './crew.ts';

/** Words of `control`, far enough apart not to share a cache line. */
export const at = { round: 0, task: 1, claimed: 16, done: 32, ready: 33 } as const;
/** What a member's word of `states` may be. */
export const states = { fine: 0, failed: 1, gone: 2 } as const;
/** i32 of a member in `states`, and what its first ones are. */
export const STATE_PITCH = 16;
export const STATE = 0;
export const BEAT = 1;
export const FAULT_LENGTH = 2;
/** The round that the member has done last. */
export const DONE = 3;
/** Bytes in which a member tells what it failed of. */
export const FAULT_BYTES = 16384;
/** f64 of a member in `places`: t, from, to. */
export const PLACE_PITCH = 8;
/** The task that ends the work. */
export const LEAVE = -1;

/** The columns by which a crew's threads agree. */
export function crewColumns(size: number) {
  return {
    control: ['i32', 48],
    words: ['f64', WORDS],
    states: ['i32', STATE_PITCH * size],
    places: ['f64', PLACE_PITCH * size],
    faults: ['u8', FAULT_BYTES * size],
  } as const satisfies ColumnSpecs;
}

export type CrewColumns = ReturnType<typeof takeCrewColumns>;

export function takeCrewColumns(arena: Arena, size: number) {
  return arena.take(crewColumns(size));
}
