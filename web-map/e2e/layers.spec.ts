import { layersOf } from "../src/core/catalogue";
import { aGroup, difference, expect, test, text } from "./city";

test("a group's box hides its layers, back shows them again", async ({ city, page }) => {
  await city.open("#map=14/39.158/-75.524");
  const { groups } = await city.catalogue();
  const base = groups.find(({ id }) => id === "base");
  const box = city.layers.getByRole("checkbox", { name: text("layers.groupBox", { group: base?.title ?? "" }) });
  const before = await city.pixels();

  await box.uncheck();
  await expect.poll(() => city.hash).toContain("off=base");
  await expect.poll(async () => difference(before, await city.pixels())).toBeGreaterThan(0.2);

  await page.goBack();
  await expect(box).toBeChecked();
  await expect.poll(async () => difference(before, await city.pixels())).toBeLessThan(0.05);
});

test("a group knows when only some of its layers are shown", async ({ city }) => {
  await city.openAtSea();
  const catalogue = await city.catalogue();
  const group = aGroup(catalogue, (group) => group.layers.length > 1);
  const [first] = layersOf(catalogue, group);
  const box = city.groupBox(group);

  await city.unfold(group);
  if (!(await box.isChecked())) await box.click();
  await expect(box).toBeChecked();
  await city.layers.getByRole("checkbox", { name: first?.title ?? "", exact: true }).uncheck();
  await expect(box).toHaveJSProperty("indeterminate", true);
  await box.click();
  await expect(box).toBeChecked();
});

test("a layer opens into legend and opacity", async ({ city }) => {
  await city.open();
  const { layers, groups } = await city.catalogue();
  const layer = layers.find(({ group, shown }) => group !== "base" && shown);
  const group = groups.find(({ id }) => id === layer?.group);
  if (group) await city.unfold(group);
  await city.layers.getByRole("button", { name: text("layers.details", { layer: layer?.title ?? "" }) }).click();
  await expect(city.layers.getByRole("list", { name: text("layers.legend") }).first()).toBeVisible();
  await city.layers.getByRole("slider", { name: text("layers.opacity") }).fill("50");
  await expect.poll(() => city.hash).toContain(`opacity=${layer?.id}:0.5`);
  await city.picture("layers");
});

test("what is hidden is still hidden after a reload, and one button undoes it", async ({ city, page }) => {
  await city.open("#off=base");
  await page.reload();
  await city.settled();
  expect(await city.hash).toContain("off=base");
  await city.layers.getByRole("button", { name: text("layers.reset") }).click();
  await expect.poll(() => city.hash).not.toContain("off=base");
});

test("the order of the layers changes with the arrow keys and goes into the address", async ({ city, page }) => {
  await city.open("#map=17/39.158/-75.524&on=planning,property");
  await city.layers.getByRole("tab", { name: text("layers.shownTab") }).click();
  const rows = city.layers.getByRole("list", { name: text("layers.shownTab") }).locator("> li");
  const before = await rows.evaluateAll((all) => all.map((row) => row.dataset.layer));
  const grip = rows.nth(1).getByRole("button").first();
  await grip.press("ArrowUp");
  await expect(rows.first()).toHaveAttribute("data-layer", before[1] ?? "");
  await expect(rows.first().getByRole("button").first()).toBeFocused();
  expect(await city.hash).toContain(`order=${before[1]},${before[0]},`);
  await page.reload();
  await city.settled();
  expect(await city.hash).toContain(`order=${before[1]},${before[0]},`);
  await city.layers.getByRole("button", { name: text("layers.reset") }).click();
  await expect.poll(() => city.hash).not.toContain("order");
});

test("a layer is found by its name", async ({ city }) => {
  await city.openAtSea();
  const { layers } = await city.catalogue();
  const layer = layers.find(({ group, shown }) => group !== "base" && !shown);
  await city.layers.getByRole("searchbox", { name: text("layers.find") }).fill(layer?.title ?? "");
  await city.layers
    .getByRole("checkbox", { name: layer?.title ?? "", exact: true })
    .first()
    .check();
  await expect.poll(() => city.hash).toContain(`on=${layer?.id}`);
});
