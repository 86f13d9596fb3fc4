import type { Law, LawOptions } from './law.ts';

export interface DescribeOptions extends LawOptions {
  /** Names of the only laws to be asked; by default all. */
  readonly only?: readonly string[];
  /** Milliseconds that a law may take: 60,000. */
  readonly timeout?: number;
}

/** Mocha, Jasmine, Jest, and Vitest with its globals, have them. */
interface Runner {
  describe(title: string, suite: () => void): void;
  readonly it: ((title: string, test: (this: unknown) => unknown, timeout?: number) => void) & {
    skip(title: string, test: () => void): void;
  };
}

/** A suite of tests, one for each law. @throws Error where there are no `describe` and `it`; RangeError if `only` names no law */
export function describeLaws<S>(
  title: string,
  laws: readonly Law<S>[],
  subject: S,
  { only, timeout = 60_000, ...options }: DescribeOptions = {},
): void {
  const { describe, it } = globalThis as unknown as Partial<Runner>;
  if (typeof describe !== 'function' || typeof it !== 'function') {
    throw new Error(
      'describeLaws: expected the globals describe and it of a test runner, like mocha; to ask laws without one, call their run',
    );
  }
  for (const name of only ?? []) {
    if (!laws.some((law) => law.name === name))
      throw new RangeError(
        `describeLaws: expected one of ${laws.map((law) => law.name).join(', ')}, got ${name}`,
      );
  }
  describe(title, () => {
    for (const law of laws) {
      if (only && !only.includes(law.name)) continue;
      const name = `${law.name}: ${law.says}`;
      const reason = law.skip(subject);
      if (reason) it.skip(`${name} (${reason})`, () => {});
      else {
        it(
          name,
          function (this: unknown) {
            (this as { timeout?: (milliseconds: number) => void } | undefined)?.timeout?.(timeout);
            return law.run(subject, options);
          },
          timeout,
        );
      }
    }
  });
}
