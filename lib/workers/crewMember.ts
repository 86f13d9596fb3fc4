import type { Arena } from '../arena.ts';
import type { Maybe } from '../nouns.ts';
import type { Crew, Task, Work } from './crew.ts';
import {
  at,
  BEAT,
  type CrewColumns,
  DONE,
  FAULT_BYTES,
  FAULT_LENGTH,
  LEAVE,
  PLACE_PITCH,
  STATE,
  STATE_PITCH,
  states,
  takeCrewColumns,
} from './crewColumns.ts';
import { faultOf } from './fault.ts';

/** Looks at a word before the thread sleeps on it: some tens of microseconds. */
const SPINS = 2000;

/** What a thread and the one that called it have in common. */
export abstract class SharedCrew implements Crew {
  readonly size: number;
  abstract readonly member: number;
  protected readonly columns: CrewColumns;
  protected readonly works: Work[] = [];

  constructor(arena: Arena, size: number) {
    this.size = size;
    this.columns = takeCrewColumns(arena, size);
  }

  abstract task(work: Work): Task;
  abstract ahead<T>(begin: () => Maybe<T>): () => Promise<T>;
  abstract blockingTask(work: Work): (...words: readonly number[]) => void;

  claim(): number {
    const { member } = this;
    if (member >= 0) this.columns.states[STATE_PITCH * member + BEAT]++;
    return Atomics.add(this.columns.control, at.claimed, 1);
  }

  report(member: number, t: number, from: number, to: number): void {
    const { places, states } = this.columns;
    const place = PLACE_PITCH * member;
    places[place] = t;
    places[place + 1] = from;
    places[place + 2] = to;
    states[STATE_PITCH * member + BEAT]++;
  }
}

/** A thread's part in a crew. */
export class CrewMember extends SharedCrew {
  readonly member: number;

  /** @param arena over the memory of the caller */
  constructor(arena: Arena, size: number, member: number) {
    super(arena, size);
    this.member = member;
  }

  task(work: Work): Task {
    return this.blockingTask(work);
  }

  blockingTask(work: Work): () => void {
    this.works.push(work);
    return () => {
      throw new Error('crew: only the thread that opened it sets tasks');
    };
  }

  ahead(): never {
    throw new Error('crew: only the thread that opened it sets tasks');
  }

  /** Does what the caller sets, until it is told to leave. */
  serve(): void {
    const { control, words, states, places } = this.columns;
    let round = 0;
    Atomics.add(control, at.ready, 1);
    Atomics.notify(control, at.ready);
    while (true) {
      round = this.#awaitRound(round);
      const task = Atomics.load(control, at.task);
      if (task === LEAVE) return;
      // What this task is at, it has yet to say.
      places.fill(0, PLACE_PITCH * this.member, PLACE_PITCH * (this.member + 1));
      try {
        this.works[task](this.member, words);
      } catch (thrown) {
        this.fail(thrown);
      }
      Atomics.store(states, STATE_PITCH * this.member + DONE, round);
      Atomics.add(control, at.done, 1);
      Atomics.notify(control, at.done);
    }
  }

  /** Tells what went wrong. */
  fail(thrown: unknown): void {
    const { faults, states: words } = this.columns;
    const bytes = new TextEncoder().encode(JSON.stringify(faultOf(thrown)));
    const fits = bytes.length <= FAULT_BYTES ? bytes : this.#shortened(thrown);
    faults.set(fits, FAULT_BYTES * this.member);
    words[STATE_PITCH * this.member + FAULT_LENGTH] = fits.length;
    Atomics.store(words, STATE_PITCH * this.member + STATE, states.failed);
  }

  /** Tells that the thread ends without having been told to: to be called as it exits. */
  gone(): void {
    Atomics.store(this.columns.states, STATE_PITCH * this.member + STATE, states.gone);
    Atomics.notify(this.columns.control, at.done);
    Atomics.notify(this.columns.control, at.ready);
  }

  #awaitRound(seen: number): number {
    const { control } = this.columns;
    for (let i = 0; i < SPINS; i++) {
      const round = Atomics.load(control, at.round);
      if (round !== seen) return round;
    }
    while (Atomics.load(control, at.round) === seen) Atomics.wait(control, at.round, seen);
    return Atomics.load(control, at.round);
  }

  #shortened(thrown: unknown): Uint8Array {
    const { stack, message, problem, ...fault } = faultOf(thrown);
    const cut = (text = '') => text.slice(0, FAULT_BYTES / 16);
    const short = { ...fault, message: cut(message), problem: problem && cut(problem), stack: cut(stack) };
    return new TextEncoder().encode(JSON.stringify(short));
  }
}
