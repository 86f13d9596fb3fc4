import { parseArgs } from 'node:util';
import { nearest } from '../lib/nearest.ts';
import { UsageError } from './usageError.ts';

/** Options of a command: name → what is told on the line. */
export type OptionSpecs = Readonly<Record<string, 'flag' | 'value' | 'values'>>;

type Value = { flag: boolean; value: string; values: string[] };
export type Options<S extends OptionSpecs> = { readonly [K in keyof S]?: Value[S[K]] };

export interface Arguments<S extends OptionSpecs> {
  readonly options: Options<S>;
  readonly positionals: readonly string[];
}

/**
 * Reads a command's arguments.
 *
 * @throws UsageError naming an option that is unknown (and the nearest known one), lacks its value or takes none, or
 * a positional too many
 */
export function readArguments<const S extends OptionSpecs>(
  specs: S,
  args: readonly string[],
  most: number,
): Arguments<S> {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, kind]) => [name, { type: kind === 'flag' ? 'boolean' : 'string' }]),
  ) as Record<string, { type: 'boolean' | 'string' }>;
  // Not strict: parseArgs would refuse `--steps -5` for its dash, and cannot suggest.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const found: Record<string, boolean | string | string[]> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const kind = Object.hasOwn(specs, name) && rawName.startsWith('--') ? specs[name] : undefined;
    if (!kind) throw unknown('option', rawName, Object.keys(specs), '--');
    if (kind === 'flag') {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value, got ${value}`);
      found[name] = true;
      continue;
    }
    if (value === undefined || value === '' || (!token.inlineValue && value.startsWith('--'))) {
      throw new UsageError(`${rawName}: expected a value`);
    }
    found[name] = kind === 'values' ? [...((found[name] as string[]) ?? []), value] : value;
  }
  if (positionals.length > most) throw new UsageError(`unexpected argument ${positionals[most]}`);
  return { options: found as Options<S>, positionals };
}

/** An unknown word, with what may have been meant. */
export function unknown(noun: string, word: string, known: readonly string[], dashes = ''): UsageError {
  const guess = nearest(word.replace(/^-+/, ''), known);
  return new UsageError(
    `unknown ${noun} ${word}; ${guess ? `did you mean ${dashes}${guess}?` : 'see pufferflow help'}`,
  );
}

/** The integer of an option, at least `least`. @throws UsageError naming the option */
export function integer(name: string, text: string | undefined, least: 0 | 1): number | undefined {
  if (text === undefined) return undefined;
  // 1e6 and 100_000 are how people write large numbers.
  const value = Number(text.replace(/(?<=\d)_(?=\d)/g, ''));
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${name}: expected a ${least ? 'positive' : 'non-negative'} integer, got ${text}`);
  }
  return value;
}

/**
 * The changes that `key=value` pairs describe: `network.hidden=[64,64]` is { network: { hidden: [64, 64] } }. A value is
 * JSON, or else a string.
 *
 * @throws UsageError on a pair of another form
 */
export function changesOf(pairs: readonly string[]): Record<string, unknown> {
  const changes = record();
  for (const pair of pairs) {
    const split = pair.indexOf('=');
    if (split <= 0) throw new UsageError(`--set: expected key=value, got ${pair}`);
    const keys = pair.slice(0, split).split('.');
    const last = keys.pop() as string;
    let target = changes;
    for (const key of keys) {
      const inner = target[key] ?? record();
      if (typeof inner !== 'object' || Array.isArray(inner)) {
        throw new UsageError(`--set: ${pair} contradicts another --set`);
      }
      target[key] = inner;
      target = inner as Record<string, unknown>;
    }
    target[last] = parsed(pair.slice(split + 1));
  }
  return changes;
}

/** Without a prototype, `__proto__` is a key like any other. */
function record(): Record<string, unknown> {
  return Object.create(null);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
