import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { findings } from "./axe";
import { expect, test, text, type City } from "./city";
import { commands, newPerson } from "./people";

test.skip(!commands, "KVARTAL_DATA_DIR names no data in which accounts could be made");

const PLACE = "#map=14/39.158/-75.524";

const press = (page: Page, key: Parameters<typeof text>[0]) =>
  page.getByRole("button", { name: text(key), exact: true }).click();
const tab = (page: Page, key: Parameters<typeof text>[0]) => page.getByRole("tab", { name: text(key) }).click();

/** Opens the map as an administrator, and the administration on it. */
async function administer(city: City): Promise<void> {
  const { page } = city;
  const { name, title, password } = newPerson("Анна Орлова", ["administrator"]);
  await page.request.post("/session", { data: { name, password } });
  await city.open(PLACE);
  await page.getByRole("button", { name: text("account.of", { name: title }), exact: true }).click();
  await press(page, "account.administration");
  await expect(page.getByRole("button", { name: text("admin.addUser") })).toBeVisible();
}

/** How many parcels the page's person may see. */
async function parcels(page: Page): Promise<number> {
  const response = await page.request.get("/ogc/collections/parcels/items?limit=1");
  return response.ok() ? ((await response.json()) as { numberMatched: number }).numberMatched : 0;
}

/** Lets the rights of a layer's own definition hold, or not. */
async function close(page: Page, layer: string, closed: boolean): Promise<void> {
  const { csrf } = (await (await page.request.get("/session")).json()) as { csrf: string };
  const headers = { "x-csrf-token": csrf };
  expect((await page.request.put(`/admin/layers/${layer}`, { data: { closed }, headers })).status()).toBe(204);
}

test("an administrator makes an account, sees its password once, and shuts it", async ({ city, page }) => {
  const name = `p${randomUUID().slice(0, 8)}`;
  await administer(city);
  await press(page, "admin.addUser");
  await page.getByLabel(text("admin.userName"), { exact: true }).fill(name);
  await page.getByLabel(text("admin.personName")).fill("Айгүл Касымова");
  await city.picture("administration-new-user");
  await press(page, "admin.create");

  const dialog = page.getByRole("dialog", { name: text("admin.passwordOf", { name }) });
  await dialog.getByRole("button", { name: text("admin.copy") }).click();
  const password = await dialog.getByRole("status").first().innerText();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(password);
  expect(await findings(page)).toEqual([]);
  await dialog.getByRole("button", { name: text("admin.noted") }).click();

  await page.getByRole("button", { name: new RegExp(name) }).click();
  await press(page, "admin.disable");
  await page
    .getByRole("dialog")
    .getByRole("button", { name: text("admin.disable"), exact: true })
    .click();
  await expect(page.getByRole("button", { name: text("admin.enable"), exact: true })).toBeVisible();
  await press(page, "admin.back");
  await expect(page.getByRole("button", { name: new RegExp(name) })).toContainText(text("admin.disabled"));
  await city.picture("administration-users");

  await tab(page, "admin.audit");
  await page.getByLabel(text("admin.what"), { exact: true }).selectOption("account.");
  await press(page, "admin.search");
  await expect(page.getByRole("row").nth(1)).toContainText("account.");
});

test("a role sees half of the city, and an administrator sees what it sees", async ({ city, page }) => {
  test.slow();
  const role = `r${randomUUID().slice(0, 8)}`;
  const all = await parcels(page);
  await administer(city);
  await close(page, "parcels", true);
  try {
    await tab(page, "admin.roles");
    await press(page, "admin.addRole");
    await page.getByLabel(text("admin.roleName"), { exact: true }).fill(role);
    await page.getByLabel(text("admin.roleTitle")).fill("Western district");
    await press(page, "admin.create");
    await press(page, "admin.addGrant");
    await page.getByLabel(text("admin.layer"), { exact: true }).selectOption("parcels");
    await press(page, "admin.pasteArea");
    const half = { west: -75.54, south: 39.148, east: -75.524, north: 39.168 };
    await page.getByLabel("GeoJSON").fill(polygon(half));
    await press(page, "admin.takeArea");
    await city.picture("administration-grant");
    expect(await findings(page)).toEqual([]);
    await press(page, "admin.save");
    await expect(page.getByRole("button", { name: /^Land parcels/ })).toContainText(text("admin.areaLimited"));
    await city.settled();
    const view = (await city.hash).split("&")[0];
    await press(page, "admin.preview");
    await expect(page.getByText(text("admin.previewOf", { role }))).toBeVisible();
    // The layers come anew: that of the role is among them.
    await page.keyboard.press("l");
    await expect(city.layers.getByRole("checkbox", { name: "Land parcels" })).toBeVisible();
    await city.settled();
    const seen = await parcels(page);
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(all);
    expect((await city.hash).split("&")[0]).toBe(view);
    await city.picture("administration-preview");

    await press(page, "admin.previewEnd");
    await expect(page.getByRole("heading", { name: "Western district" })).toBeVisible();
  } finally {
    await page.request.delete("/session/preview", {
      headers: { "x-csrf-token": ((await (await page.request.get("/session")).json()) as { csrf: string }).csrf },
    });
    await close(page, "parcels", false);
  }
});

test.describe("refused", () => {
  test.use({ failing: true });

  test("a filter that is wrong is marked where it is, and an area is drawn on the map", async ({ city, page }) => {
    await administer(city);
    await tab(page, "admin.roles");
    await page.getByRole("button", { name: new RegExp(`^${text("admin.role.administrator")}`) }).click();
    await press(page, "admin.addGrant");
    await page.getByLabel(text("admin.layer"), { exact: true }).selectOption("parcels");
    await page.getByLabel(text("admin.filter")).fill("purpose = 'x' AND ~");
    await press(page, "admin.save");
    await expect(page.locator("mark")).toHaveText("~");
    await expect(page.getByLabel(text("admin.filter"))).toBeFocused();
    await city.picture("administration-filter");

    await press(page, "admin.drawArea");
    for (const position of [
      { x: 100, y: 100 },
      { x: 500, y: 120 },
      { x: 300, y: 400 },
    ])
      await city.canvas.click({ position });
    await press(page, "admin.takeArea");
    await expect(page.getByText(text("admin.areaSet", { count: 3 }))).toBeVisible();
  });
});

function polygon({ west, south, east, north }: Record<"west" | "south" | "east" | "north", number>): string {
  const corners = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return JSON.stringify({ type: "Polygon", coordinates: [corners] });
}
