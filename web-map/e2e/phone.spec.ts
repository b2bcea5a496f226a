import { expect, test, text } from "./city";

test.use({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });

/** Least side of a target for fingers, in pixels (Apple and Material agree on about this much). */
const FINGER = 44;

test("the map comes first, and layers rise from below", async ({ city, page }) => {
  await city.open();
  await expect(city.layers).toBeHidden();
  await city.picture("phone");
  await page.getByRole("button", { name: text("layers.title") }).tap();
  const half = await city.layers.boundingBox();
  expect(half?.x).toBe(0);
  expect(half?.width).toBe(390);
  expect((half?.y ?? 0) + (half?.height ?? 0)).toBe(844);

  await city.layers.getByRole("button", { name: text("panel.larger") }).tap();
  await expect
    .poll(async () => (await city.layers.boundingBox())?.height ?? 0)
    .toBeGreaterThan((half?.height ?? 0) * 1.5);
  await city.layers.getByRole("button", { name: text("panel.smaller") }).tap();
  await city.picture("phone-layers");
  await expect(page.locator("footer")).toBeInViewport();
});

test("a tap opens a card in place of the layers", async ({ city, page }) => {
  const { layer, fragment } = await city.anObject();
  await city.open(fragment);
  await page.getByRole("button", { name: text("layers.title") }).tap();
  await page.touchscreen.tap(195, 300);
  await expect(city.object).toBeVisible();
  await expect(city.layers).toBeHidden();
  await page.keyboard.press("Escape");
  await city.canvas.tap();
  await expect(city.object.getByText(layer.title).first()).toBeVisible();
  await city.picture("phone-card");
});

test("a sheet follows the finger down and away", async ({ city, page }) => {
  await city.openAtSea();
  await page.getByRole("button", { name: text("layers.title") }).tap();
  const heading = city.layers.getByRole("heading", { name: text("layers.title") });
  const box = await heading.boundingBox();
  const [x, y] = [(box?.x ?? 0) + 20, (box?.y ?? 0) + 10];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y + 120, { steps: 4 });
  await page.mouse.up();
  await expect(city.layers).toBeHidden();
});

test("every target is large enough for a finger", async ({ city, page }) => {
  await city.openAtSea();
  await page.getByRole("button", { name: text("layers.title") }).tap();
  for (const button of await page.getByRole("button").all()) {
    const box = await button.boundingBox();
    if (!box) continue;
    const name = (await button.getAttribute("aria-label")) ?? (await button.textContent()) ?? "";
    expect(Math.min(box.width, box.height), name).toBeGreaterThanOrEqual(FINGER);
  }
});

test("theme and language are one tap away", async ({ city, page }) => {
  await city.openAtSea();
  await page.getByRole("button", { name: text("menu.title") }).tap();
  await page.getByRole("radio", { name: text("language.ky") }).check({ force: true });
  await expect(page.locator("html")).toHaveAttribute("lang", "ky");
});
