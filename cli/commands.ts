import { unknown } from './arguments.ts';

type Command = (args: string[]) => Promise<number>;

/** Loaded when they are called, so that help does not wait for the kernels. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import('./train.ts')).train,
  eval: async () => (await import('./evaluate.ts')).evaluateCommand,
  watch: async () => (await import('./watch.ts')).watch,
  check: async () => (await import('./check.ts')).check,
  autotune: async () => (await import('./autotune.ts')).autotune,
  list: async () => (await import('./list.ts')).list,
  doctor: async () => (await import('./doctor.ts')).doctor,
  bench: async () => (await import('../bench/main.ts')).bench,
  help: async () => help,
};

async function help([topic = '', ...args]: string[]): Promise<number> {
  if (topic === 'bench') return (await commands.bench())(['--help']);
  const { usage } = await import('./usage.ts');
  if (!Object.hasOwn(usage, topic)) throw unknown('command', topic, Object.keys(commands));
  process.stdout.write(usage[topic](args));
  return 0;
}

/** Runs the command that the arguments begin with. Returns the exit code; what goes wrong is thrown. */
export async function run([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') return help([]);
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${(await import('./version.ts')).version}\n`);
    return 0;
  }
  if (!Object.hasOwn(commands, name)) {
    throw unknown(name.startsWith('-') ? 'option' : 'command', name, Object.keys(commands));
  }
  if (args.includes('--help') || args.includes('-h'))
    return help([name, ...args.filter((arg) => arg !== '--help' && arg !== '-h')]);
  return (await commands[name]())(args);
}
