import { dtypeOf } from '../../lib/space/dtype.ts';
import { field, kindOf } from '../../lib/space/paths.ts';

/** Where two values differ first. */
export interface Difference {
  readonly path: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** The first place where two pieces of plain data are not the same, bit by bit: −0 is not 0, and NaN is NaN. */
export function differenceOf(expected: unknown, got: unknown, path = ''): Difference | undefined {
  if (Object.is(expected, got)) return undefined;
  if (ArrayBuffer.isView(expected) && ArrayBuffer.isView(got) && dtypeOf(expected) === dtypeOf(got)) {
    const [a, b] = [expected, got] as unknown as [ArrayLike<unknown>, ArrayLike<unknown>];
    if (a.length !== b.length) return { path: `${path}.length`, expected: a.length, got: b.length };
    for (let i = 0; i < a.length; i++) {
      if (!Object.is(a[i], b[i])) return { path: `${path}[${i}]`, expected: a[i], got: b[i] };
    }
    return undefined;
  }
  if (kindOf(expected) !== kindOf(got) || !isContainer(expected) || !isContainer(got))
    return { path, expected, got };
  if (Array.isArray(expected) && Array.isArray(got)) {
    for (let i = 0; i < Math.max(expected.length, got.length); i++) {
      const difference = differenceOf(expected[i], got[i], `${path}[${i}]`);
      if (difference) return difference;
    }
    return undefined;
  }
  const names = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
  for (const name of names) {
    const difference = differenceOf(expected[name], got[name], path ? field(path, name) : name);
    if (difference) return difference;
  }
  return undefined;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}
