import { expect, test } from "vitest";
import { Failure } from "../core/failure";
import { Loaded } from "./loaded";

test("what came last stays when a later try fails, and the failure goes with the next success", async () => {
  const answers = [Promise.resolve(1), Promise.reject(new Failure("offline")), Promise.resolve(2)];
  const loaded = new Loaded(() => answers.shift() ?? Promise.reject(new Error("asked too often")));
  await Promise.resolve();
  expect(loaded.get()).toBe(1);
  await loaded.reload();
  expect([loaded.get(), loaded.failure.get()?.kind]).toEqual([1, "offline"]);
  await loaded.reload();
  expect([loaded.get(), loaded.failure.get()]).toEqual([2, null]);
});

test("an answer that comes after a later one is left out", async () => {
  let answerFirst: (value: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => (answerFirst = resolve));
  const answers = [first, Promise.resolve("later")];
  const loaded = new Loaded(() => answers.shift() ?? first);
  await loaded.reload();
  answerFirst("earlier");
  await first;
  await Promise.resolve();
  expect(loaded.get()).toBe("later");
});
