import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepOpen, RETRY_MILLISECONDS } from "./stream";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

class Source extends EventTarget {
  readyState = 1;
  close = vi.fn();

  fail(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
}

function opened() {
  const sources: Source[] = [];
  const listened: boolean[] = [];
  const end = keepOpen(
    () => {
      const source = new Source();
      sources.push(source);
      return source as unknown as EventSource;
    },
    (_, again) => listened.push(again),
  );
  return { sources, listened, end };
}

test("a stream that broke off is left to the browser", () => {
  const { sources } = opened();
  sources[0]?.fail(0);
  vi.advanceTimersByTime(10 * RETRY_MILLISECONDS);
  expect(sources).toHaveLength(1);
});

test("a stream that was refused is opened again, and again", () => {
  const { sources, listened } = opened();
  sources[0]?.fail(2);
  expect(sources).toHaveLength(1);
  vi.advanceTimersByTime(RETRY_MILLISECONDS);
  sources[1]?.fail(2);
  vi.advanceTimersByTime(RETRY_MILLISECONDS);
  expect(listened).toEqual([false, true, true]);
});

test("a stream that was ended stays closed", () => {
  const { sources, end } = opened();
  sources[0]?.fail(2);
  end();
  vi.advanceTimersByTime(RETRY_MILLISECONDS);
  expect(sources).toHaveLength(1);
  expect(sources[0]?.close).toHaveBeenCalled();
});
