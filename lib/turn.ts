/**
 * Whose move it is. Envs offer an observation (`open`), the graph takes it (`taken`), the envs act on the answer
 * (`stepping`) and open again. So an observation is given out once, however often a graph is subscribed.
 */
export class Turn {
  #state: 'open' | 'taken' | 'stepping' = 'open';
  #wake: (() => void) | undefined;

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Registers the one who is woken when the turn opens. @throws Error if there is one already */
  attach(wake: () => void): void {
    if (this.#wake) throw new Error('observe: these envs are already being observed by a running graph');
    this.#wake = wake;
  }

  /** Ends the registration; an observation that was taken but not acted on is on offer again. */
  detach(): void {
    this.#wake = undefined;
    if (this.#state === 'taken') this.#state = 'open';
  }

  take(): void {
    this.#state = 'taken';
  }

  stepping(): void {
    this.#state = 'stepping';
  }

  /** Opens the turn and wakes whoever waits for it. */
  open(): void {
    this.#state = 'open';
    this.#wake?.();
  }
}
