import { expect, test, vi } from "vitest";
import { Signal, Store } from "./store";

test("a subscriber hears the present value and every change until it leaves", () => {
  const store = new Store(1);
  const heard: number[] = [];
  const leave = store.subscribe((value) => heard.push(value));
  store.set(2);
  store.update((value) => value + 1);
  leave();
  store.set(4);
  expect(heard).toEqual([1, 2, 3]);
});

test("setting the same value again says nothing", () => {
  const store = new Store("a");
  const run = vi.fn();
  store.subscribe(run);
  store.set("a");
  expect(run).toHaveBeenCalledTimes(1);
});

test("a signal reaches those who listen when it is given", () => {
  const signal = new Signal<string>();
  signal.emit("before");
  const heard: string[] = [];
  const leave = signal.listen((event) => heard.push(event));
  signal.emit("during");
  leave();
  signal.emit("after");
  expect(heard).toEqual(["during"]);
});
