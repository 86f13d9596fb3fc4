/** What a person has asked for by keys. */
export interface Controls {
  /** Steps a second. */
  readonly fps: number;
  readonly isPaused: boolean;
  /** Single steps that are to be taken while paused. */
  readonly steps: number;
  /** Go on to the next episode as fast as can be. */
  readonly isSkipping: boolean;
  /** The exit code, once it is to end. */
  readonly exit?: number;
}

/** What the keys do, for the line that says so. */
export const KEYS = 'space pause · → or . step · + − speed · n next episode · q quit';

const SPEEDS = [1, 2, 5, 10, 15, 30, 60, 120, 250, 500, 1000, 2000, 5000, 10_000];

/** What a key changes, by the name that Node gives it, or else the character; other keys change nothing. */
export function press(controls: Controls, key: string): Controls {
  const { fps, isPaused, steps } = controls;
  switch (key) {
    case 'space':
      return { ...controls, isPaused: !isPaused, steps: 0 };
    case 'right':
    case '.':
      return isPaused ? { ...controls, steps: steps + 1 } : controls;
    case '+':
    case '=':
      return { ...controls, fps: SPEEDS.find((speed) => speed > fps) ?? fps };
    case '-':
    case '_':
      return { ...controls, fps: SPEEDS.findLast((speed) => speed < fps) ?? fps };
    case 'n':
      return { ...controls, isSkipping: true };
    case 'q':
      return { ...controls, exit: 0 };
    case 'ctrl-c':
      return { ...controls, exit: 130 };
    default:
      return controls;
  }
}
