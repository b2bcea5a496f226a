/** Milliseconds until a stream that the server has refused is asked for again. */
export const RETRY_MILLISECONDS = 5000;

/** What a stream is that is not asked for again (EventSource.CLOSED). */
const CLOSED = 2;

/**
 * Keeps a stream of the server's events open. The browser comes back by itself after a connection that broke off, but
 * never to a server that has refused, as one does that is starting.
 *
 * @param open opens the stream
 * @param listen listens to a stream; `again` if the one before was refused, so that something may have been missed
 * @returns what ends it
 */
export function keepOpen(open: () => EventSource, listen: (source: EventSource, again: boolean) => void): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = (again: boolean) => {
    source = open();
    source.addEventListener("error", () => {
      if (source.readyState === CLOSED) timer = setTimeout(() => begin(true), RETRY_MILLISECONDS);
    });
    listen(source, again);
  };
  begin(false);
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
