import { colours, expect, test, text } from "./city";

test("the first map stands within seconds and is drawn", async ({ city, page }) => {
  await city.open();
  const milliseconds = await page.evaluate(() => performance.getEntriesByName("kvartal:first-map")[0]?.startTime ?? 0);
  console.log(`    first map complete after ${(milliseconds / 1000).toFixed(2)} s`);
  expect(milliseconds).toBeLessThan(20_000);
  expect(colours(await city.pixels())).toBeGreaterThan(50);
  await expect(page.getByRole("contentinfo").or(page.locator("footer"))).toContainText("OpenStreetMap contributors");
  await city.picture("city");
});

test("the page says whose city it is", async ({ city, page }) => {
  await city.openAtSea();
  const { city: place } = await city.catalogue();
  await expect(page).toHaveTitle(text("app.title", { city: place.title }));
  await expect(page.getByRole("heading", { level: 1 })).toContainText(place.title);
});

test("the tools zoom, turn north up and go home", async ({ city, page }) => {
  await city.open("#map=14/39.158/-75.524/30");
  await page.getByRole("button", { name: text("map.zoomIn") }).click();
  await expect.poll(() => city.hash).toContain("map=15/");
  await page.getByRole("button", { name: text("map.north") }).click();
  await expect.poll(() => city.hash).toMatch(/^#map=15\/[-\d.]+\/[-\d.]+$/);
  await page.getByRole("button", { name: text("map.home") }).click();
  const { city: place } = await city.catalogue();
  await expect.poll(() => city.hash).toContain(`map=${place.zoom}/`);
});

test("the status line follows the pointer", async ({ city, page }) => {
  await city.open("#map=14/39.158/-75.524");
  const coordinates = page.getByTitle(text("coordinates.pointer"));
  await expect(coordinates).toHaveText("39.15800° N, 75.52400° W");
  await page.mouse.move(800, 300);
  await expect(coordinates).not.toHaveText("39.15800° N, 75.52400° W");
});

test("the link to the view goes into the clipboard", async ({ city, page }) => {
  await city.open("#map=14/39.158/-75.524&theme=night");
  await page.getByRole("button", { name: text("share.label") }).click();
  await expect(page.getByRole("status").filter({ hasText: text("share.copied") })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
});
