import { execFileSync } from "node:child_process";
import { expect, test } from "./city";

/** Runs a statement in the server's database, as another program would. */
function sql(statement: string): void {
  const [program = "", ...args] = (process.env.KVARTAL_SQL ?? "").split(" ");
  execFileSync(program, [...args, statement]);
}

test("a change that another program makes is on the map without a reload", async ({ city, page }) => {
  test.skip(!process.env.KVARTAL_SQL, "KVARTAL_SQL names no way into the server's database");
  const told = page.waitForResponse((response) => response.url().endsWith("/changes"));
  await city.open("#map=16/39.1598/-75.5285");
  await told;
  const fetched = page.waitForResponse(
    (response) => response.url().includes("/tiles/greenery/") && response.status() === 200,
  );
  sql("UPDATE layer.trees SET crown_diameter = crown_diameter + 1");
  expect((await fetched).ok()).toBe(true);
});
