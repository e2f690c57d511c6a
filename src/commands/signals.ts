// What the operating system tells a command that runs for long. The handlers stand before anything is started: a
// signal that comes in the middle of a start must not leave an embedded database running by itself.
export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/**
 * Aborts, with the name of the signal as its reason, at the first of these signals. Later ones change nothing, because
 * npm and a terminal both pass Ctrl-C on.
 */
export function stopOn(signals: readonly StopSignal[]): AbortSignal {
  const stop = new AbortController();
  for (const name of signals) process.on(name, () => stop.abort(name));
  return stop.signal;
}

/** Resolves with the name of the signal; at once where it has come already. */
export function signalled(stop: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve(String(stop.reason));
    else stop.addEventListener('abort', () => resolve(String(stop.reason)), { once: true });
  });
}
