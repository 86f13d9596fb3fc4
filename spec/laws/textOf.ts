import type { EnvError } from '../../lib/errors.ts';

/** What an env's error says, without the env's name and place; and the line that threw, for its author. */
export function textOf({ cause, message }: EnvError): string {
  const frame = cause instanceof Error && cause.stack?.split('\n    at ')[1]?.split('\n')[0];
  const text = message.slice(message.indexOf(': ') + 2);
  return frame ? `${text} (${frame})` : text;
}
