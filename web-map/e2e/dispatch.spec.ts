import { findings } from "./axe";
import { randomUUID } from "node:crypto";
import { expect, test, text } from "./city";
import { commands, newDispatchers, newPerson } from "./people";

const PLACE = "#map=13/39.158/-75.524";

test("the fleet is listed and drawn as it moves, and one of it is followed", async ({ city, page }) => {
  await city.open(PLACE);
  await page.keyboard.press("d");
  const panel = page.getByRole("region", { name: text("dispatch.title") });
  const rows = panel.getByRole("list", { name: text("dispatch.title") }).getByRole("button");
  await expect(rows.first()).toBeVisible();
  await expect(panel.getByRole("status")).not.toHaveText(text("dispatch.count", { count: 0 }));
  await expect(panel.getByText(text("dispatch.working")).first()).toBeVisible();
  await city.picture("dispatch");

  const name = (await rows.first().locator("span span").first().innerText()).trim();
  await rows.first().click();
  await expect(rows.first()).toHaveAttribute("aria-pressed", "true");
  const card = page.getByRole("region", { name, exact: true });
  const follow = card.getByRole("checkbox", { name: text("dispatch.follow") });
  await follow.check();
  expect(await findings(page)).toEqual([]);
  // Who takes the map by hand wants it to stay.
  const { x = 0, y = 0, width = 0, height = 0 } = (await city.canvas.boundingBox()) ?? {};
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 + 40, y + height / 2 + 40, { steps: 4 });
  await page.mouse.up();
  await expect(follow).not.toBeChecked();

  await panel.getByRole("searchbox").fill("nobody is called that");
  await expect(rows).toHaveCount(0);
  await expect(card).toBeHidden();
});

test("a dispatcher is told what a plough did, and of devices that no register has", async ({ city, page }) => {
  test.skip(!commands, "KVARTAL_DATA_DIR names no data in which accounts could be made");
  const { role, key } = newDispatchers();
  const { name, password } = newPerson("Нурбек Асанов", [role]);
  const device = `e2e-${randomUUID().slice(0, 8)}`;
  const fix = { device, time: new Date().toISOString(), lon: -75.53, lat: 39.16, speed: 20 };
  const told = await page.request.post("/live/fixes", { headers: { authorization: `Bearer ${key}` }, data: fix });
  expect(await told.text()).toContain('"fixes":1');
  await page.request.post("/session", { data: { name, password } });
  await city.open(PLACE);
  await page.keyboard.press("d");
  const panel = page.getByRole("region", { name: text("dispatch.title") });

  // However many others have been heard of.
  const words = [1, 2].map((count) => text("dispatch.unknown", { count }).replace(/^\S+ /, ""));
  const unknown = panel.getByRole("group").filter({ hasText: new RegExp(words.join("|")) });
  await unknown.locator("summary").click();
  const row = unknown.getByRole("listitem").filter({ hasText: device });
  await row.getByRole("button", { name: text("dispatch.look") }).click();
  await expect.poll(() => city.hash).toContain("/39.16");
  expect(await findings(page)).toEqual([]);

  await panel.getByRole("searchbox").fill("КДМ");
  await panel
    .getByRole("list", { name: text("dispatch.title") })
    .getByRole("button")
    .first()
    .click();
  const show = page.getByRole("button", { name: text("dispatch.track") });
  await expect(async () => {
    await show.click();
    await expect(page.getByText(text("dispatch.mileage"), { exact: true })).toBeVisible({ timeout: 2000 });
  }).toPass();
  await city.picture("track");
  for (const format of ["GPX", "CSV", "GeoJSON"]) {
    const address = await page.getByRole("link", { name: format }).getAttribute("href");
    expect((await page.request.get(address ?? "")).status(), format).toBe(200);
  }

  await panel.getByRole("button", { name: text("dispatch.replay") }).click();
  await expect(panel.getByRole("slider", { name: text("dispatch.instant") })).toBeVisible();
  await panel.getByRole("combobox", { name: text("dispatch.speed") }).selectOption("60");
  await panel.getByRole("button", { name: text("dispatch.live") }).click();
  await expect(panel.getByRole("slider")).toHaveCount(0);
});
