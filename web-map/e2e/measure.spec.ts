import { expect, test, text } from "./city";

test("a distance is measured with the keyboard alone", async ({ city, page }) => {
  await city.open("#map=16/39.158/-75.524");
  await page.keyboard.press("m");
  const panel = page.getByRole("region", { name: text("measure.title") });
  await expect(panel).toBeVisible();
  await expect(city.canvas).toBeFocused();
  await page.keyboard.press("Enter");
  const before = await city.hash;
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => city.hash).not.toBe(before);
  await page.keyboard.press("Enter");
  await expect(panel.locator("output")).toHaveText(/^\d+\.\d\d m$/);
  await city.canvas.press("Backspace");
  await expect(panel.locator("output")).toHaveText("–");
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
});

test("an area is measured with the pointer, and clicks ask for nothing else", async ({ city, page }) => {
  await city.open("#map=16/39.158/-75.524");
  await page.getByRole("button", { name: text("measure.title") }).click();
  await page.getByRole("tab", { name: text("measure.area") }).click();
  for (const [x, y] of [[600, 300], [800, 300], [800, 500]] as const) await page.mouse.click(x, y); // prettier-ignore
  await page.mouse.dblclick(600, 500);
  const panel = page.getByRole("region", { name: text("measure.title") });
  await expect(panel.locator("output")).toHaveText(/ (m²|ha)$/);
  await expect(city.object).toHaveCount(0);
  expect(await city.hash).toContain("map=16/");
  await city.picture("measure");
});
