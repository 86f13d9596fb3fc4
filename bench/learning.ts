import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nearest } from '../lib/nearest.ts';
import { chart, type Point } from './chart.ts';
import { type Lesson, type LessonReport, learn, lessons, type Outcome } from './lessons.ts';
import { median } from './meter.ts';
import { passes } from './rule.ts';

const usage = `Usage: npm run -s learning -- [names…] [--seeds 5] [--out learning] [--json]

Names: ${lessons.map(({ name }) => name).join(' ')}. No name: all.
A row passes when the median of its seeds and at least four in five of them keep its rule: to reach a published result,
or, of a control, not to.`;

/** Trains the lessons with seeds 1, 2, … and holds them to published results; returns an exit code. */
export async function learning(args: string[]): Promise<number> {
  let options: ReturnType<typeof parse>;
  try {
    options = parse(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const { rows, seeds, out, json, help, steps } = options;
  if (help) {
    console.log(usage);
    return 0;
  }
  mkdirSync(out, { recursive: true });
  let failed = false;
  for (const lesson of rows) {
    const report = await study(lesson, seeds, out, steps);
    console.log(json ? JSON.stringify(report) : table(report));
    failed ||= !report.passed;
  }
  return failed ? 1 : 0;
}

function parse(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '5' },
      out: { type: 'string', default: 'learning' },
      json: { type: 'boolean', default: false },
      /** For smoke tests: fewer steps than the lesson's. */
      steps: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const names = lessons.map(({ name }) => name);
  for (const name of positionals) {
    if (names.includes(name)) continue;
    const guess = nearest(name, names);
    throw new RangeError(`learning: no row ${name}${guess ? `; did you mean ${guess}?` : ''}`);
  }
  return {
    ...values,
    rows: lessons.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
    seeds: count('seeds', values.seeds),
    steps: values.steps === undefined ? undefined : count('steps', values.steps),
  };
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (text !== '' && Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`learning: --${option} expects a positive integer, got ${JSON.stringify(text)}`);
}

async function study(
  lesson: Lesson,
  seeds: number,
  out: string,
  totalSteps: number | undefined,
): Promise<LessonReport> {
  const { name, env, rule } = lesson;
  const outcomes: Outcome[] = [];
  const curves: Point[][] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const onProgress = progress(`${name}, seed ${seed} of ${seeds}`);
    const { outcome, curve } = await learn(lesson, { seed, totalSteps, onProgress });
    outcomes.push(outcome);
    curves.push(curve);
  }
  const results = outcomes.map(({ meanReturn }) => meanReturn);
  const passed = passes(results, rule);
  const picture = join(out, `${name}.svg`);
  const subtitle =
    `mean return of the last 100 training episodes; seeds 1 … ${seeds} and their median; ` +
    `evaluation ${shown(median(results))}: ${passed ? 'passed' : 'failed'}`;
  writeFileSync(picture, chart({ title: `${name} (${env.id})`, subtitle, curves, rule }));
  return { name, env: env.id, rule, median: median(results), seeds: outcomes, passed, picture };
}

/** Tells standard error how far it is: in a terminal on one line, else once when it is done. */
function progress(title: string): (done: number, episodeReturn: number) => void {
  let told = -1;
  return (done, episodeReturn) => {
    const percent = Math.min(100, Math.floor(100 * done));
    if (percent === told) return;
    told = percent;
    const state = `${title}: ${percent} %, return ${shown(episodeReturn)}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${state}${percent === 100 ? '\n' : ''}`);
    else if (percent === 100) console.error(state);
  };
}

/** A return with as many digits as tell: the optimum may be 500, or 1. */
function shown(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 3 : 1);
}

function table({ name, env, rule, median, seeds, passed, picture }: LessonReport): string {
  const lines = seeds.map(({ seed, meanReturn, steps, seconds, solvedAtSteps }) =>
    [
      `  seed ${seed}`.padEnd(10),
      shown(meanReturn).padStart(8),
      `${steps} steps`.padStart(16),
      `${seconds.toFixed(1)} s`.padStart(9),
      `   ${solvedAtSteps === null ? 'not solved in training' : `solved after ${solvedAtSteps} steps`}`,
    ].join(''),
  );
  return [
    `${name} (${env}): ${passed ? 'passed' : 'FAILED'}, median ${shown(median)}, ${rule.be} ${rule.bar}`,
    ...lines,
    `  curves: ${picture}`,
  ].join('\n');
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await learning(process.argv.slice(2));
}
