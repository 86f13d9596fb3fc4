/** Runs a command's function and collects what it prints. */
export async function printed(run: () => Promise<number>) {
  const { log, error } = console;
  const lines: string[] = [];
  const errors: string[] = [];
  console.log = (line: string) => void lines.push(line);
  console.error = (line: string) => void errors.push(line);
  try {
    return { code: await run(), lines, errors: errors.join('\n') };
  } finally {
    Object.assign(console, { log, error });
  }
}
