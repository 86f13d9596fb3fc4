interface Closeable {
  close(): void;
}

let opened: Closeable[] = [];

/** Notes what has to be closed when the case is over. */
export function noteOpened(resource: Closeable): void {
  opened.push(resource);
}

/** Closes what a case has opened. That it can be closed is a law of its own. */
export function closeOpened(): void {
  const all = opened;
  opened = [];
  for (const resource of all) {
    try {
      resource.close();
    } catch {}
  }
}
