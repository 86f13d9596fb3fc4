import type fc from 'fast-check';
import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { Breach } from './breach.ts';
import { differenceOf } from './difference.ts';
import { type Law, type LawText, slowLaw } from './law.ts';
import { same } from './same.ts';

/** What every record has. */
export interface Step {
  readonly t: number;
}

/** An operator and what it may be given. */
export interface OperatorSubject<I extends Step = Step, O = unknown> {
  readonly name: string;
  /** Makes a new operator at every call, over nouns of its own if it has any. */
  readonly make: () => OperatorFunction<I, O>;
  /** Records of consecutive steps: `observations()`, `decisions()` and `transitions()` draw some. */
  readonly input: fc.Arbitrary<readonly I[]>;
  /** Columns of its input that it writes to: `['rewards']`; by default none. */
  readonly writes?: readonly string[];
  /** Milliseconds that an answer may take to come: 50. */
  readonly patience?: number;
}

function operatorLaw<I extends Step>(
  text: Pick<LawText<OperatorSubject<I>, readonly I[], Promise<void>>, 'name' | 'says' | 'holds'>,
): Law<OperatorSubject<I>> {
  return slowLaw({ ...text, cases: ({ input }) => input });
}

const oneToOne = operatorLaw({
  name: 'one-to-one',
  says: 'One record comes out for each that goes in, in their order.',
  async holds(subject, records) {
    const { seen, feed } = listen(subject);
    for (const [i, record] of records.entries()) {
      await feed(record, i + 1);
      if (seen.values.length !== i + 1)
        throw new Breach(
          { step: i, expected: i + 1, got: seen.values.length },
          `expected ${i + 1} records by now, got ${seen.values.length}`,
        );
      const { t } = seen.values[i] as Partial<Step>;
      if (t !== undefined && t < record.t)
        throw new Breach({ step: i, field: 't', expected: record.t, got: t });
    }
  },
});

const completion = operatorLaw({
  name: 'completion',
  says: 'When the source completes it completes, once, and adds no record.',
  async holds(subject, records) {
    const { seen, source, feed, until } = listen(subject);
    for (const [i, record] of records.entries()) {
      await feed(record, i + 1);
    }
    source().complete();
    await until(records.length, () => seen.ends.length > 0);
    same(['complete'], seen.ends, 'ends');
    same(records.length, seen.values.length, 'records in all');
  },
});

const errors = operatorLaw({
  name: 'errors',
  says: 'An error of the source is passed on, once and as it is.',
  async holds(subject, records) {
    const { seen, source, feed, until } = listen(subject);
    const error = new Error('of the source');
    for (const [i, record] of records.slice(1).entries()) {
      await feed(record, i + 1);
    }
    source().error(error);
    await until(records.length, () => seen.ends.length > 0);
    if (seen.ends.length !== 1 || seen.ends[0] !== error)
      throw new Breach({ expected: error.message, got: String(seen.ends[0]) });
  },
});

const unsubscription = operatorLaw({
  name: 'unsubscription',
  says: 'Unsubscribing reaches the source, once, and nothing comes after it.',
  async holds(subject, records) {
    const { seen, source, feed, until, leave, teardowns } = listen(subject);
    const half = Math.ceil(records.length / 2);
    for (const [i, record] of records.slice(0, half).entries()) {
      if (i < half - 1) await feed(record, i + 1);
      else source().next(record);
    }
    leave();
    const { length } = seen.values;
    same(1, teardowns(), 'teardowns of the source');
    await until(Number.POSITIVE_INFINITY, () => false, 2);
    same(length, seen.values.length, 'records after it');
    same([], seen.ends, 'ends');
  },
});

const subscriptionsApart = operatorLaw({
  name: 'subscriptions-apart',
  says: 'Subscribing again begins again: nothing of a subscription is left in the operator.',
  async holds(subject, records) {
    const operator = subject.make();
    const play = async () => {
      const { seen, source, feed, until } = listen(subject, operator);
      for (const [i, record] of records.entries()) {
        await feed(record, i + 1);
      }
      source().complete();
      await until(records.length, () => seen.ends.length > 0);
      return seen.values;
    };
    same(await play(), await play(), 'records');
  },
});

const inputKept = operatorLaw({
  name: 'input-kept',
  says: 'It leaves the columns that it is given as they are, but for those it says it writes to.',
  async holds(subject, records) {
    const { feed } = listen(subject);
    for (const [i, record] of records.entries()) {
      await feed(record, i + 1, (before) => {
        for (const name of Object.keys(record) as (keyof typeof record & string)[]) {
          if (subject.writes?.includes(name)) continue;
          const difference = differenceOf(before[name], record[name], name);
          if (difference) throw new Breach({ step: i, field: difference.path, ...difference });
        }
      });
    }
  },
});

export const operatorLaws: readonly Law<OperatorSubject>[] = [
  oneToOne,
  completion,
  errors,
  unsubscription,
  subscriptionsApart,
  inputKept,
];

/** Subscribes to the operator over a source that is fed by hand. What comes is copied. */
function listen<I extends Step>(subject: OperatorSubject<I>, operator = subject.make()) {
  const seen = { values: [] as unknown[], ends: [] as unknown[] };
  let feeding: Subscriber<I> | undefined;
  let torn = 0;
  const source = new Observable<I>((subscriber) => {
    feeding = subscriber;
    return () => {
      torn++;
    };
  });
  const subscription = source.pipe(operator).subscribe({
    next: (value) => seen.values.push(copyOf(value)),
    error: (error) => seen.ends.push(error),
    complete: () => seen.ends.push('complete'),
  });
  /** Waits until so many records have come, or the stream has ended; or for as long as an answer may take. */
  const until = async (
    count: number,
    done = () => false,
    patience = subject.patience ?? 50,
  ): Promise<void> => {
    const end = performance.now() + patience;
    while (seen.values.length < count && seen.ends.length === 0 && !done() && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return {
    seen,
    until,
    source: () => feeding as Subscriber<I>,
    leave: () => subscription.unsubscribe(),
    teardowns: () => torn,
    /** Gives a record, waits for so many answers in all, and puts back what the operator wrote into the record. */
    async feed(record: I, count: number, check?: (before: I) => void): Promise<void> {
      const before = copyOf(record);
      feeding?.next(record);
      await until(count);
      check?.(before);
      for (const name in record) {
        const column: unknown = record[name];
        if (ArrayBuffer.isView(column)) (column as Float32Array).set(before[name] as Float32Array);
      }
    },
  };
}

/** A copy of a record, whose fields may be inherited, and of its columns. */
function copyOf<R>(record: R): R {
  if (typeof record !== 'object' || record === null) return record;
  const copy: Record<string, unknown> = {};
  for (const name in record) {
    const value: unknown = record[name];
    if (typeof value === 'function') continue;
    copy[name] = ArrayBuffer.isView(value) ? (value as Float32Array).slice() : copyOf(value);
  }
  return copy as R;
}
