import { aGroup, expect, test, text } from "./city";

test("a journey without a pointer", async ({ city, page }) => {
  const { layer, fragment } = await city.anObject();
  await city.open(fragment);

  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: text("app.skip") })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(city.canvas).toBeFocused();
  await expect(page.locator(".crosshair")).toBeVisible();

  await page.keyboard.press("Enter");
  await expect(city.object.getByText(layer.title).first()).toBeVisible();
  await expect(city.object.getByRole("heading", { name: text("object.title") })).toBeFocused();
  await expect(page.getByRole("status").filter({ hasText: /objects? found/ })).toBeAttached();
  await city.picture("keyboard");

  await page.keyboard.press("Escape");
  await expect(city.object).toBeHidden();
  await expect(city.canvas).toBeFocused();

  const before = await city.hash;
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => city.hash).not.toBe(before);
  await page.keyboard.press("Equal");
  await expect.poll(() => city.hash).toContain("map=18/");
});

test("single keys open, close and can be switched off", async ({ city, page }) => {
  await city.openAtSea();
  await page.keyboard.press("l");
  await expect(city.layers).toBeHidden();
  await page.keyboard.press("l");
  await expect(city.layers).toBeVisible();

  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: text("help.title") });
  await expect(help).toBeVisible();
  await city.picture("help");
  await help.getByRole("checkbox", { name: text("help.shortcuts") }).uncheck();
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  await page.keyboard.press("l");
  await expect(city.layers).toBeVisible();
});

test("the focus reaches every layer and comes back when the panel closes", async ({ city, page }) => {
  await city.openAtSea();
  const box = city.groupBox(aGroup(await city.catalogue()));
  for (let i = 0; i < 60 && !(await box.evaluate((element) => element === document.activeElement)); i++) {
    await page.keyboard.press("Tab");
  }
  await expect(box).toBeFocused();
  const before = await box.isChecked();
  await page.keyboard.press("Space");
  await expect(box).toBeChecked({ checked: !before });

  await city.layers.getByRole("button", { name: new RegExp(`^${text("action.close")}`) }).press("Enter");
  await expect(page.locator("#layers-button")).toBeFocused();
});
