import type { Layer } from "../src/core/catalogue";
import { expect, test, text, type City } from "./city";

/** The layer with the most rows and its number of rows, and the name of one of its fields of text. */
async function largest(city: City): Promise<{ layer: Layer; total: number }> {
  const { layers } = await city.catalogue();
  const sizes = layers
    .filter(({ table }) => table)
    .map(async (layer) => {
      const response = await city.page.request.get(`/table/${layer.id}?limit=1`);
      const { total } = (await response.json()) as { total: number };
      return { layer, total };
    });
  const [first, ...rest] = await Promise.all(sizes);
  if (!first) throw new Error("no layer has a table");
  return rest.reduce((a, b) => (b.total > a.total ? b : a), first);
}

test("a table of any length scrolls to its end, with few rows at a time", async ({ city, page }) => {
  const { layer, total } = await largest(city);
  await city.openAtSea();
  await page.keyboard.press("t");
  await page.getByRole("combobox", { name: text("table.layer") }).selectOption(layer.id);
  const grid = page.getByRole("grid", { name: layer.title });
  await expect(grid).toHaveAttribute("aria-rowcount", String(total + 1));
  await grid.focus();
  await page.keyboard.press("End");
  await expect(grid.locator(`[aria-rowindex="${total + 1}"]`)).toBeVisible();
  await expect(grid.locator(`[aria-rowindex="${total + 1}"]`)).not.toHaveClass(/waiting/);
  expect(await grid.getByRole("row").count()).toBeLessThan(60);
  await page.keyboard.press("Home");
  await expect(grid.locator('[aria-rowindex="2"]')).toBeVisible();
});

test("map and table choose the same object", async ({ city, page }) => {
  const { layer, feature, fragment } = await city.anObject();
  await city.open(`${fragment}&object=${layer.id}/${feature.id}`);
  await page.keyboard.press("t");
  const grid = page.getByRole("grid", { name: layer.title });
  const chosen = grid.locator('[aria-selected="true"]');
  await expect(chosen).toBeVisible();
  const head = await grid.getByRole("columnheader").first().boundingBox();
  const row = await chosen.boundingBox();
  expect(row?.y).toBeGreaterThanOrEqual((head?.y ?? 0) + (head?.height ?? 0) - 1);
  await city.picture("table");

  await page.keyboard.press("Tab");
  await grid.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(chosen).toHaveAttribute("aria-rowindex", "2");
  await expect.poll(() => city.hash).toContain(`object=${layer.id}/`);
});

test("rows are sorted and filtered by the server", async ({ city, page }) => {
  const { layer } = await city.anObject();
  const field = layer.fields.find(({ type, codes }) => type === "text" && !codes);
  await city.openAtSea();
  await page.keyboard.press("t");
  await page.getByRole("combobox", { name: text("table.layer") }).selectOption(layer.id);
  const grid = page.getByRole("grid", { name: layer.title });
  const header = grid.getByRole("columnheader", { name: field?.title ?? "" }).first();
  await header.getByRole("button").click();
  await expect(header).toHaveAttribute("aria-sort", "ascending");
  await header.getByRole("button").click();
  await expect(header).toHaveAttribute("aria-sort", "descending");

  await page.getByRole("button", { name: text("table.filter"), exact: true }).click();
  await grid.getByRole("textbox", { name: text("table.filterOf", { field: field?.title ?? "" }) }).fill("q'%\\z");
  await expect(page.getByText(text("table.noneLeft"))).toBeVisible();
  await page.getByRole("button", { name: text("table.clearFilter") }).click();
  await expect(grid.locator('[aria-rowindex="2"]')).toBeVisible();
});
