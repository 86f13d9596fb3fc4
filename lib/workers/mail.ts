import type { Arena, ColumnSpecs, Columns } from '../arena.ts';
import type { Json } from '../nouns.ts';
import type { Crew } from './crew.ts';

/** Bytes that a box holds. */
const BOX = 16384;
const NONE = new Uint8Array(0);

/**
 * Letters of any size between the thread that calls a crew and its members: as JSON, through a box for each member in
 * the memory that they have in common, box after box. A member on the calling thread is handed its letter as it is.
 */
export class Mail {
  readonly #crew: Crew;
  readonly #columns: Columns<ReturnType<typeof Mail.columns>>;
  readonly #takeAll: () => void;
  readonly #answerAll: () => void;
  readonly #giveAll: () => void;
  /** The calling thread's own letter and answer. */
  #own: Json = null;
  /** What has come for another thread's member, and what is still to be sent. */
  #inbox: Uint8Array[] = [];
  #outbox: Uint8Array = NONE;

  static columns(members: number) {
    return { boxes: ['u8', BOX * members], lengths: ['i32', members] } as const satisfies ColumnSpecs;
  }

  /** @param answer what this thread's member answers to a letter */
  constructor(arena: Arena, crew: Crew, answer: (letter: Json) => Json) {
    this.#crew = crew;
    this.#columns = arena.take(Mail.columns(crew.size));
    const isCaller = arena.isOriginal;
    this.#takeAll = crew.blockingTask((member) => {
      if (!isCaller) this.#inbox.push(this.#look(member));
    });
    this.#answerAll = crew.blockingTask(() => {
      if (isCaller) {
        this.#own = answer(this.#own);
        return;
      }
      const letter = read(this.#inbox);
      this.#inbox = [];
      this.#outbox = NONE;
      this.#outbox = written(answer(letter));
    });
    this.#giveAll = crew.blockingTask((member) => {
      if (isCaller) return;
      this.#put(member, this.#outbox);
      this.#outbox = this.#outbox.subarray(BOX);
    });
  }

  /**
   * Lets all members answer at the same time.
   *
   * @param letters by the numbers of the members
   * @returns their answers
   * @throws what a member threw
   */
  ask(letters: readonly Json[]): Json[] {
    const { member: own, size } = this.#crew;
    const others = Array.from(letters.keys()).filter((member) => member !== own);
    const outgoing = others.map((member) => written(letters[member]));
    for (let at = 0; outgoing.some(({ length }) => at < length); at += BOX) {
      for (const [k, member] of others.entries()) this.#put(member, outgoing[k].subarray(at));
      this.#takeAll();
    }
    if (own >= 0) this.#own = letters[own];
    this.#answerAll();
    const incoming = others.map(() => [] as Uint8Array[]);
    while (incoming.some((chunks) => chunks.length === 0 || chunks[chunks.length - 1].length === BOX)) {
      this.#giveAll();
      for (const [k, member] of others.entries()) incoming[k].push(this.#look(member));
    }
    const answers: Json[] = new Array(size);
    for (const [k, member] of others.entries()) answers[member] = read(incoming[k]);
    if (own >= 0) answers[own] = this.#own;
    return answers;
  }

  /** Puts the first of these bytes into a member's box. */
  #put(member: number, bytes: Uint8Array): void {
    const chunk = bytes.subarray(0, BOX);
    this.#columns.boxes.set(chunk, BOX * member);
    this.#columns.lengths[member] = chunk.length;
  }

  /** What is in a member's box. */
  #look(member: number): Uint8Array {
    const from = BOX * member;
    return this.#columns.boxes.slice(from, from + this.#columns.lengths[member]);
  }
}

function written(letter: Json): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(letter));
}

function read(chunks: readonly Uint8Array[]): Json {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return JSON.parse(new TextDecoder().decode(bytes));
}
